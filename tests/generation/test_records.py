"""Records: written without what a sample does not have, and read back with their types and version checked."""

import json

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.records import Instance, ManifestLine, SampleRecord, as_json, coco_annotation
from mmdatasetdm.generation.scores import InstanceScores, Scores, SemanticScores
from mmdatasetdm.generation.storage.manifest import read_manifest

MASKS = SemanticScores(fractions=dict(cat=0.5), ignored=0.25, confidence=0.9)
RECORD = SampleRecord(
    id=3,
    name='00000003',
    prompt='a cat',
    classes=['cat'],
    seed=7,
    files=dict(image='images/3.png'),
    size=[8, 6],
    failed=None,
    scores=Scores.of(dict(semantic=MASKS, instance=InstanceScores(instances=2), light=dict(mean=0.5))),
    instances=[Instance(category_id=1, bbox=[0.0, 0.0, 1.0, 1.0], area=1.0, segmentation={})],
)


def test_a_line_is_read_as_it_was_written(tmp_path):
    line = ManifestLine.of(RECORD, dropped='ClassRecall: no dog')
    assert not line.selected and line.instances is None
    value = as_json(line)
    assert 'instances' not in value and 'agreement' not in value['scores']['instance'] and 'pose' not in value['scores']
    assert value['scores']['others'] == dict(light=dict(mean=0.5)) and line.scores.tasks == [
        'semantic',
        'instance',
        'light',
    ]
    (tmp_path / 'manifest.jsonl').write_text(json.dumps(value) + '\n')
    assert list(read_manifest(tmp_path)) == [line]
    (written,) = as_json(RECORD)['instances']
    assert written == coco_annotation(RECORD.instances[0]) and written['iscrowd'] == 0 and 'score' not in written


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (
            dict(schema_version=1),
            r'line 1 has schema_version 1, and this version reads \d; generate the',
        ),
        (dict(schema_version=None), 'line 1 has no schema_version'),
        (dict(id='3'), 'line 1 is damaged'),
        (dict(scores=dict(semantic=dict(fractions={}))), 'line 1 is damaged'),
    ],
)
def test_a_line_that_is_no_record(tmp_path, change, message):
    value = {**as_json(ManifestLine.of(RECORD, dropped=None)), **change}
    (tmp_path / 'manifest.jsonl').write_text(json.dumps(value) + '\n')
    with pytest.raises(UserError, match=message):
        list(read_manifest(tmp_path))

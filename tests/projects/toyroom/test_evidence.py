"""Every study behind the documentation can be planned, and the page has a place for its numbers."""

import fnmatch
import re
import shlex
import sys
from pathlib import Path

import pytest
from mmengine.config import Config

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import Plan
from projects.toyroom import evidence
from tools.study import build_study, parse_args


def study_of(name: str, tmp_path: Path):
    words = evidence.command(name)
    words = words[: words.index('--images')] + words[words.index('--images') + 2 :] if '--images' in words else words
    return build_study(parse_args([*words[:-1], str(tmp_path)]))


@pytest.mark.parametrize('name', evidence.STUDIES)
def test_each_can_be_planned(name, tmp_path):
    study = study_of(name, tmp_path)
    study.check()
    jobs = Plan(study=study).jobs()
    assert {job.kind for job in jobs} >= {'decoder', 'sample', study.models[0]}
    (page,) = [Path(evidence.REPOSITORY / 'docs/benchmark.md').read_text()]
    patterns = ' '.join(re.findall('<!-- results: (.+?) -->', page)).split()
    assert any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


@pytest.mark.parametrize('name', [name for name in evidence.STUDIES if '--decoder-options' in evidence.STUDIES[name]])
def test_the_decoder_of_an_ablation_has_what_is_varied(name, tmp_path):
    study = study_of(name, tmp_path)
    job = Plan(study=study).jobs()[0]
    at = job.command.index('--cfg-options')
    before = Config.fromfile(job.command[job.command.index('--work-dir') - 1])
    after = Config.fromfile(before.filename)
    for option in study.decoder_options:
        key, value = option.split('=', 1)
        assert option in job.command[at:]
        after.merge_from_dict({key: value})
    assert after.to_dict() != before.to_dict()


def test_the_commands_are_told(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['evidence', 'pose', 'ablation_timestep_2*', '--list'])
    evidence.main()
    lines = capsys.readouterr().out.splitlines()
    assert [shlex.split(line)[-1] for line in lines] == [
        f'{evidence.WORK}/{name}' for name in ('pose', 'ablation_timestep_20', 'ablation_timestep_200')
    ]
    monkeypatch.setattr(sys, 'argv', ['evidence', 'poses'])
    with pytest.raises(UserError, match='there is no study poses; there are semantic,'):
        evidence.main()

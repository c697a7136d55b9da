"""What is counted over the samples of a data set, and what of it a person must be warned of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from mmdatasetdm.generation.dataset_info import Throughput
from mmdatasetdm.generation.filters.base import Filter, Fitted, describe, dropped_by, name_of
from mmdatasetdm.generation.records import ManifestLine, SampleRecord, ShardRecord
from mmdatasetdm.generation.scores import Scores


class Mean:
    """Of fractions that come one by one; None of those that a sample does not have."""

    def __init__(self):
        self.total, self.count = 0.0, 0

    def add(self, fraction: float | None) -> None:
        if fraction is not None:
            self.total, self.count = self.total + fraction, self.count + 1

    @property
    def value(self) -> float | None:
        return round(self.total / self.count, 4) if self.count else None


class Totals:
    """Sums over the samples of a data set: constant in their number."""

    def __init__(self, classes: Sequence[str], filters: Sequence[Filter | Fitted]):
        self.filters = tuple(filters)
        self.prompted_in_all: Counter[str] = Counter()  # by the prompts of all samples that did not fail
        self.seen: set[str] = set()  # in the masks or as instances of the selected ones
        self.tasks: set[str] = set()
        self.prompted: Counter[str] = Counter()  # by those of the selected ones
        self.found: Counter[str] = Counter()
        self.fractions = dict.fromkeys(classes, 0.0)
        self.ignored = 0.0
        self.confidence = 0.0
        self.samples = self.selected = 0
        self.instances = self.uncertain_instances = 0
        self.persons = 0
        # of single samples: instances and keypoints that agree with masks, and keypoints that at first did not
        self.agreement, self.keypoint_agreement, self.outside = Mean(), Mean(), Mean()
        # of the pixels: of uncertain instances, and without a depth
        self.crowds, self.no_depth = Mean(), Mean()
        self.dropped: Counter[str] = Counter()
        self.reasons: dict[str, Counter[str]] = {}

    def add(self, record: SampleRecord) -> ManifestLine:
        """Count a sample; -> its manifest line: the record with the filters' verdict."""
        self.samples += 1
        verdict = dropped_by(self.filters, record)
        if not record.failed:
            self.prompted_in_all.update(record.classes)
        if verdict:
            rule, causes = verdict
            self.dropped[rule] += 1
            self.reasons.setdefault(rule, Counter()).update(causes)
        else:
            self.selected += 1
            self.prompted.update(record.classes)
            if record.scores:
                self._add_scores(record.scores)
        return ManifestLine.of(record, dropped=f'{verdict[0]}: {", ".join(verdict[1])}' if verdict else None)

    def _add_scores(self, scores: Scores) -> None:
        self.tasks.update(task for task in scores.tasks if task != 'image')
        if semantic := scores.semantic:
            self.found.update(semantic.fractions.keys())
            self.seen.update(semantic.fractions)
            self.ignored += semantic.ignored
            self.confidence += semantic.confidence
            for name, fraction in semantic.fractions.items():
                self.fractions[name] += fraction
        if instance := scores.instance:
            self.seen.update(instance.found)
            self.instances += instance.instances
            self.uncertain_instances += instance.uncertain
            self.crowds.add(instance.ignored)
            self.agreement.add(instance.agreement)
        if scores.depth:
            self.no_depth.add(scores.depth.ignored)
        if pose := scores.pose:
            self.persons += pose.persons
            self.keypoint_agreement.add(pose.agreement)
            self.outside.add(pose.keypoints_outside_mask)

    def report(self) -> dict:
        """The part of dataset.json that is counted. Fractions are of the pixels of the selected samples."""
        count = max(self.selected, 1)
        return dict(
            samples=self.samples,
            selected=self.selected,
            failed=self.dropped['failed'],
            failures=dict(self.reasons.get('failed', {})),
            filters=[
                dict(
                    **describe(rule),
                    dropped=self.dropped[name_of(rule)],
                    reasons=dict(self.reasons.get(name_of(rule), Counter()).most_common(20)),
                )
                for rule in self.filters
            ],
            ignored_fraction=round(self.ignored / count, 6) if self.fractions and self.selected else None,
            mean_confidence=round(self.confidence / count, 4) if self.fractions and self.selected else None,
            instances=self.instances,
            uncertain_instances=self.uncertain_instances,
            ignored_fraction_of_instances=self.crowds.value,
            ignored_fraction_of_depth=self.no_depth.value,
            agreement=self.agreement.value,
            persons=self.persons,
            keypoint_agreement=self.keypoint_agreement.value,
            keypoints_outside_mask=self.outside.value,
            per_class={
                name: dict(
                    prompted=self.prompted[name], images=self.found[name], pixel_fraction=round(total / count, 6)
                )
                for name, total in self.fractions.items()
            },
        )


def useless(totals: Totals) -> str | None:
    """Why nothing can be trained on the data set; None: something can."""
    if not totals.selected:
        why = '; '.join(f'{rule} {count}' for rule, count in totals.dropped.most_common())
        example = next(iter(totals.reasons.values())).most_common(1)[0][0]
        return (
            f'no sample is left: all {totals.samples} were dropped ({why}; most often "{example}"); loosen the '
            "recipe's filters or mend its prompts (filters may be changed without sampling again)"
        )
    counts = totals.report()
    if counts['ignored_fraction'] == 1.0:
        return (
            'every pixel of every sample is ignored: the decoder is never as sure as decoders.semantic.ignore asks '
            f'(its mean confidence is {counts["mean_confidence"]}); train the decoder for longer, or lower '
            'that score, in a new folder'
        )
    return None


def warnings_of(totals: Totals) -> list[str]:
    """What a person must be told of labels that are whole and may still be wrong."""
    if reason := useless(totals):
        return [reason]
    said, of = [], f'any of the {totals.selected} selected samples'
    prompted = totals.prompted_in_all
    absent = [name for name in prompted if name not in totals.seen]
    if absent and totals.tasks & {'semantic', 'instance'}:
        names = ', '.join(absent[:10]) + (f' and {len(absent) - 10} more' if len(absent) > 10 else '')
        said.append(f'{len(absent)} of {len(prompted)} prompted classes are not in the labels of {of}: {names}')
    if 'instance' in totals.tasks and not totals.instances:
        unsure = totals.uncertain_instances
        crowds = f'; {unsure} uncertain ones are crowds, below decoders.instance.min_score' if unsure else ''
        said.append(f'no instance was found in {of}{crowds}')
    if totals.no_depth.value == 1.0:
        said.append(f'no pixel of {of} has a depth: all are uncertain, as decoders.depth.ignore says')
    if 'pose' in totals.tasks and not totals.persons:
        said.append(
            f'no person with keypoints was found in {of}: the prompts name none, or the decoder is sure of no keypoint '
            '(train it for longer, or lower decoders.pose.visible and decoders.pose.labelled)'
        )
    return said


def throughput(markers: Iterable[ShardRecord]) -> Throughput:
    """Images per second over all shards, from what each shard noted about its own making."""
    seconds = {'sample': 0.0, 'annotate': 0.0, 'write': 0.0}
    wall, images = 0.0, 0
    devices = set()
    for marker in markers:
        images += marker.count
        wall += sum(marker.seconds.values()) / marker.workers
        devices.add(f'{marker.device} x {marker.workers}' if marker.workers > 1 else marker.device)
        for part, value in marker.seconds.items():
            seconds[part] += value
    return Throughput(
        images_per_second=round(images / wall, 3) if wall else 0.0,
        seconds=round(wall, 1),
        seconds_per_image={part: round(value / max(images, 1), 4) for part, value in seconds.items()},
        devices=sorted(devices),
    )

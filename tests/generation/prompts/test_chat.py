"""The dialogue of the paper's figure 4 and other answers of language models: prompts are told from the talk."""

import pytest

from mmdatasetdm.generation.prompts.chat import clean_line, is_item, reasons_to_leave_out

# DatasetDM supp. figure 4, shortened
DIALOGUE = """Can GPT-4 produce good prompts for text-to-image generation model?
**Human:** Hi, do you know COCO2017 benchmark?
**GPT-4:** Yes, I am familiar with the COCO2017 benchmark. It has cars, people and dogs.
**GPT-4:** Sure, here are several distinct descriptions for the car category, each with **three variations**:
1a. A red sports car speeding down a city street.
1b. A blazing red sports car racing along an urban road.
2a. A blue family sedan parked in a suburban driveway.
...
**Human:** More variation in numbers and scenarios.
**GPT-4:** Here are several more complex and diverse descriptions for the car category in the COCO benchmark:
1a. A trio of vintage race cars, their vibrant colors and classic designs, speeding around a historic racetrack.
Figure 4: **Prompts of diffusion model from GPT-4.** By providing some simple cues for a car, GPT-4 can.""".splitlines()


def test_the_papers_dialogue():
    reasons = reasons_to_leave_out(DIALOGUE)
    assert [clean_line(line) for line, reason in zip(DIALOGUE, reasons, strict=True) if reason is None] == [
        'A red sports car speeding down a city street.',
        'A blazing red sports car racing along an urban road.',
        'A blue family sedan parked in a suburban driveway.',
        'A trio of vintage race cars, their vibrant colors and classic designs, speeding around a historic racetrack.',
    ]


@pytest.mark.parametrize(
    ('line', 'text'),
    [
        ('12. "A cat."', 'A cat.'),
        ('- two dogs', 'two dogs'),
        (' * x', 'x'),
        ('1a. A cat', 'A cat'),
        ('(2b) a cat', 'a cat'),
        ('**3.** a cat', 'a cat'),
        ('4\\. a cat', 'a cat'),
        ('- 1. "a cat",', 'a cat'),
        ('- [ ] a cat', 'a cat'),
        ('Prompt 3: a cat', 'a cat'),
        ('iv) a **black** cat', 'a black cat'),
        ('“a cat”', 'a cat'),
        ("'a cat',", 'a cat'),
        ('"a cat" and "a dog"', '"a cat" and "a dog"'),
        ('3D glasses', '3D glasses'),
        ('12 cats', '12 cats'),
        ('2.5 metres of bus', '2.5 metres of bus'),
        ('a cat', 'a cat'),
        ("the dog's bowl", "the dog's bowl"),
    ],
)
def test_marks_are_taken_off(line, text):
    assert clean_line(line) == text
    assert is_item(line) == (line.strip()[0] not in '“"\'' and not text.startswith(line.strip()[:2]))


def test_plain_lines_without_marks():
    lines = [
        'Sure! Here are some prompts:',
        'a cat on a sofa',
        '## Dogs',
        '**Dogs**',
        'a surefooted dog',
        '```',
        'Would you like more cats?',
        'Let me know if you want more dogs.',
        '{"text": "Sure, a cat?", "classes": ["cat"]}',
    ]
    reasons = reasons_to_leave_out(lines)
    assert [line for line, reason in zip(lines, reasons, strict=True) if reason is None] == [
        'a cat on a sofa',
        'a surefooted dog',
        '{"text": "Sure, a cat?", "classes": ["cat"]}',
    ]

"""Class names as a text encoder reads them."""

from mmdatasetdm.own_dataset.words import background_of, check_words, word_of


def test_names_become_words():
    assert [word_of(name) for name in ('TrafficLight', 'traffic_light', 'SignSymbol', 'dog', 'tv/monitor', 'TV')] == [
        'traffic light',
        'traffic light',
        'sign symbol',
        'dog',
        'tv monitor',
        'tv',
    ]
    assert background_of(['Sky', 'BackGround']) == 'BackGround' and background_of(['sky']) is None


def test_tokens_are_those_of_the_generator(toy_generator_folder):
    checked = check_words(str(toy_generator_folder), ['dog', 'dining table', 'giraffe'])
    assert checked.tokens == {'dog': 1, 'dining table': 3, 'giraffe': 7}
    assert checked.split == ['dining table', 'giraffe'] and checked.unknown == ['giraffe'] and checked.fits
    assert not check_words(str(toy_generator_folder), ['giraffe'] * 8).fits
    assert check_words('somebody/no-such-model', ['dog']) is None, 'a hub id is not downloaded'

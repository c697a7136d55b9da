from mmdatasetdm.utils.text import join_words, with_article


def test_lists_in_a_sentence():
    assert [with_article(word) for word in ('cat', 'aeroplane', 'two dogs')] == ['a cat', 'an aeroplane', 'two dogs']
    assert [join_words('abc'[:n]) for n in (1, 2, 3)] == ['a', 'a and b', 'a, b and c']

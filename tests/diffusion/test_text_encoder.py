import pytest
import torch


@pytest.fixture
def encoder(toy_generator):
    return toy_generator._denoiser.text


def weights(encoder, text, phrases):
    return encoder.phrase_weights(encoder.encode([text]).token_ids, phrases)[0]


def test_encodes_as_the_text_model_does(encoder):
    texts = ['a red chair', '', 'a dog']
    ids = encoder.finders[0].tokenizer(texts, padding='max_length', max_length=32, return_tensors='pt').input_ids
    embedding = encoder.encode(texts)
    assert embedding.token_ids.tolist() == ids.tolist()
    torch.testing.assert_close(embedding.hidden, encoder.model(ids).last_hidden_state)
    again = encoder.encode(texts[::-1])  # now from memory, in another order
    assert torch.equal(again.hidden, embedding.hidden.flip(0))


def test_memory_is_bounded(encoder):
    for number in range(100):
        encoder.encode([f'a chair {number}'])
    assert len(encoder._embeddings) == 64
    assert encoder.encode([f'lamp {number}' for number in range(100)]).hidden.shape == (100, 32, 32)


def test_long_texts_are_cut(encoder):
    assert encoder.encode(['chair ' * 100]).token_ids.shape == (1, 32)


def test_phrase_is_found_by_its_tokens(encoder):
    # <start> a chair and a dinin g table <end>
    found = weights(encoder, 'a chair and a Dining Table', ['chair', 'dining table', 'table'])
    assert found[0].nonzero().flatten().tolist() == [2]
    assert found[1].nonzero().flatten().tolist() == [5, 6, 7]
    assert found[1, 5:8].tolist() == pytest.approx([1 / 3] * 3)
    assert not found[2].any(), 'that table is the dining table'


def test_all_occurrences_count(encoder):
    found = weights(encoder, 'chair, table, chair', ['chair'])
    assert found[0].nonzero().flatten().tolist() == [1, 5]
    assert found.sum() == 1


@pytest.mark.parametrize('phrase', ['chairs', 'sofa', 'ball', 'ing table', ''])
def test_absent_plural_or_partial_phrases_give_zeros(encoder, phrase):
    """'football' ends with the token of 'ball', 'dining table' with that of 'ing table'."""
    assert not weights(encoder, 'chair, football, dining table', [phrase]).any()


def test_rows_with_different_texts(encoder):
    ids = encoder.encode(['chair dog', 'dog', 'chair dog']).token_ids
    found = encoder.phrase_weights(ids, ['dog'])[:, 0]
    assert found.argmax(dim=1).tolist() == [2, 1, 2]


def test_missing_phrases_are_named(toy_generator):
    assert toy_generator.missing_phrases('chair, table', ['chair', 'tables', 'table', 'dog']) == ['tables', 'dog']


def test_phrases_inside_of_phrases(toy_generator):
    """The longest first, in any order of the phrases; the shorter one is found where it stands alone."""
    phrases = ['table', 'dining table', 'room', 'red room with table', 'Table']
    text = 'a dining table in a red room with table and a table'  # <start> a dinin g table in a red room with table ...
    ids = toy_generator.encode_text([text]).token_ids
    for order in (phrases, phrases[::-1]):
        weights = toy_generator._denoiser.text.phrase_weights(ids, order)[0]
        places = {phrase: row.nonzero()[:, 0].tolist() for phrase, row in zip(order, weights, strict=True)}
        assert places == {
            'table': [13],
            'Table': [13],
            'dining table': [2, 3, 4],
            'room': [],
            'red room with table': [7, 8, 9, 10],
        }
    assert toy_generator.missing_phrases('a dining table', ['table', 'dining table']) == ['table']
    assert toy_generator.missing_phrases('a dining table', ['table']) == []

"""Small text encoders with random weights, and tokenizers of a few words, for the folders of the families."""

from __future__ import annotations

from tokenizers.processors import TemplateProcessing
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    Gemma2Config,
    Gemma2Model,
    GemmaTokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

from tests.conftest import WORDS, make_tokenizer

LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789,.-'


def t5_tokenizer() -> T5Tokenizer:
    """Words of ``WORDS`` are a token each, all others letters."""
    pieces = [('<pad>', 0.0), ('</s>', 0.0), ('<unk>', 0.0), ('▁', -2.0)]
    pieces += [(letter, -9.0) for letter in LETTERS] + [(f'▁{word}', -1.0) for word in WORDS]
    return T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=40)


def t5(width: int = 32) -> T5EncoderModel:
    config = T5Config(vocab_size=128, d_model=width, d_kv=8, d_ff=32, num_layers=2, num_heads=4)
    return T5EncoderModel(config)


def gemma() -> dict[str, object]:
    vocab = {token: i for i, token in enumerate(['<pad>', '<eos>', '<bos>', '<unk>', '<mask>', '▁', *LETTERS])}
    merges = []
    for word in WORDS:
        for end in range(1, len(word) + 1):
            pair = (f'▁{word[: end - 1]}', word[end - 1])
            if pair not in merges:
                merges.append(pair)
                vocab.setdefault(''.join(pair), len(vocab))
    config = Gemma2Config(
        vocab_size=len(vocab),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
    )
    tokenizer = GemmaTokenizer(vocab=vocab, merges=merges)
    begin = [('<bos>', vocab['<bos>'])]
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(single='<bos> $A', special_tokens=begin)
    return dict(tokenizer=tokenizer, text_encoder=Gemma2Model(config))


def clip(kind: type = CLIPTextModel, length: int = 20) -> dict[str, object]:
    tokenizer = make_tokenizer(length)
    end = len(tokenizer) - 1
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=length,
        projection_dim=16,
        bos_token_id=end - 1,
        eos_token_id=end,
        pad_token_id=end,
    )
    return dict(tokenizer=tokenizer, text_encoder=kind(config))


def second(parts: dict[str, object], number: int = 2) -> dict[str, object]:
    return {f'{name}_{number}': part for name, part in parts.items()}

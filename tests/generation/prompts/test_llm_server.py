"""The same from a server of others' making: ``transformers serve`` with a small model of random weights.

Its tokens are whole lines of a list, so that whatever it says is an answer.
"""

import json
import socket
import time

import pytest
import torch
from tokenizers import Regex, Tokenizer, pre_tokenizers
from tokenizers.models import WordLevel
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.utils.import_utils import is_serve_available

from tools.prompts import main

pytestmark = pytest.mark.skipif(
    not is_serve_available(), reason="transformers' server is not installed: pip install 'transformers[serving]'"
)
COLOURS = ('red', 'blue', 'green', 'yellow', 'white', 'black', 'grey', 'brown')
PLACES = ('in a harbour', 'at night', 'in the rain', 'on a hill', 'by a lake', 'in a yard')
LINES = [f'{i}. A {colour} crane {place}.\n' for i, colour in enumerate(COLOURS, 1) for place in PLACES]


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp('crane-writer'))
    words = ['<unk>', '<end>', *LINES]
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token='<unk>'))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r'\n'), 'merged_with_previous')
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token='<unk>',
        eos_token='<end>',
        chat_template="{% for message in messages %}{{ message['content'] }}\n{% endfor %}",
        clean_up_tokenization_spaces=False,
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=256, bos_token_id=None, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip
    net = LlamaForCausalLM(config)
    net.generation_config.update(do_sample=True, max_new_tokens=30, temperature=2.0, suppress_tokens=[0])
    net.save_pretrained(folder)
    return folder


@pytest.fixture
def server(model, monkeypatch):
    from transformers.cli.serve import Serve

    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    running = Serve(
        force_model=model, host='127.0.0.1', port=port, device='cpu', dtype='float32', default_seed=0, non_blocking=True
    )
    for _ in range(600):
        with socket.socket() as tried:
            if tried.connect_ex(('127.0.0.1', port)) == 0:
                break
        time.sleep(0.1)
    monkeypatch.setenv('OPENAI_BASE_URL', f'http://127.0.0.1:{port}/v1')
    monkeypatch.delenv('OPENAI_API_KEY', raising=False)
    yield running
    running.kill_server()


def test_prompts_of_a_real_server(server, model, tmp_path, capsys):
    out = tmp_path / 'cranes.jsonl'
    command = ['write', '--classes', 'crane', '--model', model, '--num', '20', '--out', str(out)]
    assert main(command) == 0
    said = capsys.readouterr().out
    prompts = [json.loads(line) for line in out.read_text().splitlines()]
    assert len({prompt['text'] for prompt in prompts}) == len(prompts) == 20
    assert all(prompt['classes'] == ['crane'] and prompt['text'].startswith('A ') for prompt in prompts)
    answers = [json.loads(line) for line in (tmp_path / 'cranes.jsonl.answers.jsonl').read_text().splitlines()]
    assert 1 <= len(answers) <= 4 and all(one['tokens_in'] > 0 and 0 < one['tokens_out'] <= 30 for one in answers)
    assert f'{len(answers)} answers in ' in said and '1 crane' not in said

    server.kill_server()
    out.unlink()
    assert main(command) == 0, 'all of it is in the file of answers'
    assert 'requests now: 0' in capsys.readouterr().out

"""Prompts of a language model: the real client, over a socket, from a server that is busy, slow and sometimes wrong."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts.base import build_prompts
from mmdatasetdm.generation.prompts.llm import Endpoint, descriptions
from tools.prompts import main

KEY = 'sk-test-0123456789'
PLACES = ('on a street', 'in a park', 'at night', 'in the rain', 'by a lake')


class Server(ThreadingHTTPServer):
    """Answers as OpenAI's chat completions do; ``faults`` come first, one for each request."""

    daemon_threads = True

    def __init__(self):
        super().__init__(('127.0.0.1', 0), Handler)
        self.faults: list = []
        self.requests: list[dict] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        assert self.path == '/v1/chat/completions' and self.headers['Authorization'] == f'Bearer {KEY}'
        self.server.requests.append(request)
        fault = self.server.faults.pop(0) if self.server.faults else None
        if fault == 'hang':
            time.sleep(0.8)
            self.close_connection = True
        elif isinstance(fault, int):
            self.reply(fault, {'error': {'message': f'refused the key {KEY}'}}, **{'retry-after-ms': '1'})
        elif isinstance(fault, bytes | dict):
            self.reply(200, fault)
        else:
            self.reply(200, completion(listed(request) if fault is None else fault))

    def reply(self, status: int, body: bytes | dict, **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in dict(
            {'Content-Type': 'application/json', 'Content-Length': str(len(data))}, **headers
        ).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args) -> None:
        pass


def completion(text: str | None, finish: str = 'stop') -> dict:
    message = dict(role='assistant', content=text)
    usage = dict(prompt_tokens=100, completion_tokens=50, total_tokens=150)
    choice = dict(index=0, message=message, finish_reason=finish)
    return dict(id='1', object='chat.completion', created=0, model='tiny', choices=[choice], usage=usage)


def listed(request: dict) -> str:
    """Five descriptions of the class that the question names, others for each question; and one of no class."""
    noun = request['messages'][-1]['content'].split('"')[1]
    turn = len(request['messages'])
    lines = [f'{i}. A {noun} with {turn} wheels {place}.' for i, place in enumerate(PLACES, 1)]
    return '\n'.join(['Sure, here they are:', *lines, '6. An empty yard.'])


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        monkeypatch.setenv('OPENAI_BASE_URL', f'http://127.0.0.1:{server.server_port}/v1')
        monkeypatch.setenv('OPENAI_API_KEY', KEY)
        yield server
        server.shutdown()


def call(folder, *options: str) -> list[str]:
    out = folder / 'prompts.txt'
    return ['write', '--classes', 'dining_table,cat', '--model', 'tiny', '--num', '7', '--out', str(out), *options]


def test_the_papers_dialogue(server, tmp_path, capsys):
    assert main(call(tmp_path, '--price', '2,10')) == 0
    said = capsys.readouterr().out
    assert '(requests now: 4): 400 tokens sent, 200 answered; price 0.0028' in said
    prompts = build_prompts(dict(type='file', path=str(tmp_path / 'prompts.txt')), seed=0)
    assert len(prompts) == 14 and [prompts(i).classes for i in range(2)] == [('dining_table',), ('cat',)]
    assert prompts(0).text == 'A dining table with 1 wheels on a street.'
    second = server.requests[1]['messages']
    assert [message['role'] for message in second] == ['user', 'assistant', 'user']
    assert 'more intricate and diverse' in second[2]['content'] and server.requests[0]['model'] == 'tiny'


def test_busy_slow_and_broken_servers_are_asked_again(server, tmp_path, capsys):
    server.faults = [429, 'hang', 500, b'{"choices": [', {}, None, '', completion('1. A cat in a bo', 'length')]
    assert main(call(tmp_path, '--timeout', '0.4')) == 0
    assert len((tmp_path / 'prompts.txt').read_text().splitlines()) == 15
    assert not server.faults and len(server.requests) == 11
    assert '(requests now: 8)' in capsys.readouterr().out, 'the client itself asks again after 429, a time-out and 500'
    assert 'in a bo\n' not in (tmp_path / 'prompts.txt').read_text(), 'what is cut is no prompt'


def test_no_answer_is_paid_for_twice(server, tmp_path, capsys):
    server.faults = [None, None, 401]
    assert main(call(tmp_path)) == 2
    said = capsys.readouterr()
    assert 'error: the language model tiny: Error code: 401' in said.err and '/v1/); the answers' in said.err
    assert 'goes on from there' in said.err
    assert not (tmp_path / 'prompts.txt').exists()
    answers = tmp_path / 'prompts.txt.answers.jsonl'
    with open(answers, 'a') as file:
        file.write('{"key": "a line that was cut by a k')
    assert main(call(tmp_path)) == 0
    said_then = capsys.readouterr()
    assert len(server.requests) == 5 and '4 answers' in said_then.out and '(requests now: 2)' in said_then.out
    for text in (said.out, said.err, said_then.out, answers.read_text(), (tmp_path / 'prompts.txt').read_text()):
        assert KEY not in text
    (tmp_path / 'prompts.txt').unlink()
    assert main(call(tmp_path)) == 0 and len(server.requests) == 5, 'all from the file'


def test_a_model_that_has_no_more(server, tmp_path, capsys):
    """The next class has its turn, and what is there is written."""
    server.faults = ['1. A cat.\n2. A dining table.'] * 4
    assert main(call(tmp_path)) == 0
    assert 'warning: fewer than 7 prompts name dining_table' in capsys.readouterr().out


def test_an_answer_without_a_list(server, tmp_path, capsys):
    server.faults = ['I cannot help with that.'] * 3
    assert main(call(tmp_path)) == 2
    assert 'gave 3 answers without a list of descriptions (the last: I cannot help' in capsys.readouterr().err
    assert descriptions('Sure!\n- a cat\n- "two cats"') == ['a cat', 'two cats']


def test_another_file_is_not_written_to(server, tmp_path, capsys):
    mine = tmp_path / 'mine.txt'
    mine.write_text('a cat\n')
    assert main(call(tmp_path, '--answers', str(mine))) == 2
    assert 'line 1 is no answer of a language model' in capsys.readouterr().err
    (tmp_path / 'prompts.txt').write_text('mine')
    assert main(call(tmp_path)) == 2 and not server.requests, 'before anything is paid'
    assert mine.read_text() == 'a cat\n'


def test_the_environment():
    assert 'abcdef' not in repr(Endpoint.from_environment(dict(OPENAI_API_KEY='abcdef')))
    endpoint = Endpoint.from_environment(dict(OPENAI_BASE_URL='http://me:pass@host/v1'))
    assert endpoint.key == 'none' and endpoint.redact('at http://me:pass@host,\n sk-12*34') == 'at http://***@host, ***'
    for environment, message in (
        ({}, 'set OPENAI_API_KEY, or OPENAI_BASE_URL'),
        (dict(OPENAI_BASE_URL='localhost:8000'), 'must begin with http'),
        (dict(OPENAI_API_KEY='kéy'), 'has characters that no key has'),
    ):
        with pytest.raises(UserError, match=message):
            Endpoint.from_environment(environment)

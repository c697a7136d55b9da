"""Prompts by a language model behind any server that speaks OpenAI's protocol.

Source of the dialogue: DatasetDM supp. figure 4 and section 4.2. About 100 descriptions are asked for each class, then
more with cues such as "more intricate and diverse" and "more variation in numbers and scenarios".
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.prompts.chat import clean_line, is_item, reasons_to_leave_out
from mmdatasetdm.generation.prompts.collect import PromptCollection
from mmdatasetdm.generation.prompts.grammar import Grammar

PER_ANSWER = 25  # descriptions that one answer is to have: longer answers get monotonous, or are cut
REMEMBERED = 2  # earlier answers that the model sees again; more of them cost more than they help
BROKEN = 3  # answers without a list, one after the other, before the model is given up
DULL = 3  # answers without anything new for a class, one after the other, before the next class
CUES = (
    'more intricate and diverse',
    'with more variation in numbers and scenarios',
    'with more variation in places, viewpoints, light and weather',
    'with other things nearby, and some that are partly hidden or far away',
)

Messages = list[dict[str, str]]


class _BrokenAnswerError(Exception):
    """An answer that has no list of descriptions; the model is asked again."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A server and the key for it, from ``OPENAI_BASE_URL`` and ``OPENAI_API_KEY``. The key is never shown."""

    url: str | None
    key: str = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Endpoint:
        """
        Raises:
            UserError: neither variable is set, or one cannot be right.
        """
        url, key = (environment.get(name, '').strip() for name in ('OPENAI_BASE_URL', 'OPENAI_API_KEY'))
        if not url and not key:
            raise UserError(
                'set OPENAI_API_KEY, or OPENAI_BASE_URL (http://…/v1) for another server, in the environment'
            )
        if url and not re.match(r'https?://[^/]', url):
            raise UserError('OPENAI_BASE_URL is no address; it must begin with http:// or https://')
        if not (key.isascii() and key.isprintable()):
            raise UserError('OPENAI_API_KEY has characters that no key has; copy it again')
        return cls(url=url or None, key=key or 'none')  # servers of one's own take any

    def redact(self, text: str) -> str:
        """``text`` in one line, without the key, parts of keys that servers repeat, or a password in an address."""
        if len(self.key) > 4:
            text = text.replace(self.key, '***')
        text = re.sub(r'\bsk-[\w*.-]+', '***', text)
        return ' '.join(re.sub(r'//[^/\s@]+@', '//***@', text).split())


@dataclass(kw_only=True)
class LanguageModel:
    """Answers to dialogues, each kept in a file so that no answer is paid for twice.

    Args:
        name: the model's name on the server.
        answers: the file, one JSON record a line, to which answers are appended. A dialogue that it has is not asked.
        endpoint: the server.
        timeout: seconds for one answer.
        retries: how often the client asks again after a time-out, a lost connection, "429 Too Many Requests" or an
            error of the server, after longer and longer pauses.
    """

    name: str
    answers: Path
    endpoint: Endpoint
    timeout: float = 120.0
    retries: int = 6
    tokens_in: int = field(default=0, init=False)
    tokens_out: int = field(default=0, init=False)
    requests: int = field(default=0, init=False)
    asked: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        try:
            import openai
        except ImportError:
            raise UserError("--model needs the openai client: pip install 'mmdatasetdm[llm]'") from None
        self._errors = openai.OpenAIError, ValueError, TypeError
        self._fatal = openai.APIConnectionError, openai.APIStatusError
        self._client: Any = openai.OpenAI(
            api_key=self.endpoint.key, base_url=self.endpoint.url, timeout=self.timeout, max_retries=self.retries
        )
        self._known: dict[str, str] = {}
        for record in _records(self.answers):
            self._count(record)
            if record['good']:
                self._known[record['key']] = record['answer']

    def ask(self, messages: Messages) -> str:
        """The model's answer, which has at least one item that may be a description.

        Raises:
            UserError: the server refuses or is not there, or several answers are broken.
        """
        content = json.dumps([self.name, messages]).encode()
        key = hashlib.sha256(content).hexdigest()[:32]
        if key in self._known:
            return self._known[key]
        why = ''
        for _ in range(BROKEN):
            try:
                return self._ask_once(messages, key)
            except self._fatal as error:
                said = self.endpoint.redact(f'{error} ({self._client.base_url})')[:300]
                raise UserError(
                    f'the language model {self.name}: {said}; the answers until now are in {self.answers}, and the '
                    'same command goes on from there'
                ) from None
            except (_BrokenAnswerError, *self._errors) as error:
                why = self.endpoint.redact(str(error))[:200]
        raise UserError(
            f'the language model {self.name} gave {BROKEN} answers without a list of descriptions (the last: {why}); '
            f'the good ones are in {self.answers}, and the same command goes on from there'
        )

    def _ask_once(self, messages: Messages, key: str) -> str:
        self.asked += 1
        response = self._client.chat.completions.create(model=self.name, messages=messages)
        choices = getattr(response, 'choices', None)
        if not choices or choices[0].message is None:
            raise _BrokenAnswerError('no answer of the protocol')
        text = choices[0].message.content or ''
        if choices[0].finish_reason == 'length':  # the last line is cut
            text = text.rpartition('\n')[0]
        if self.endpoint.key in text and len(self.endpoint.key) > 4:
            text = text.replace(self.endpoint.key, '***')
        usage = response.usage
        record = dict(
            key=key,
            model=self.name,
            question=messages[-1]['content'],
            answer=text,
            good=bool(descriptions(text)),
            tokens_in=(usage.prompt_tokens or 0) if usage else 0,
            tokens_out=(usage.completion_tokens or 0) if usage else 0,
        )
        _append(self.answers, record)
        self._count(record)
        if not record['good']:
            raise _BrokenAnswerError(text or f'an empty answer, {choices[0].finish_reason}')
        self._known[key] = text
        return text

    def _count(self, record: Mapping[str, Any]) -> None:
        self.requests += 1
        self.tokens_in += record['tokens_in']
        self.tokens_out += record['tokens_out']

    def cost(self, price: tuple[float, float] | None) -> str:
        """What all answers in the file took; ``price``: of a million tokens that are sent, and that are answered."""
        said = f'{self.requests} answers in {self.answers} (requests now: {self.asked}): {self.tokens_in} tokens sent'
        said += f', {self.tokens_out} answered'
        if price is not None:
            said += f'; price {(self.tokens_in * price[0] + self.tokens_out * price[1]) / 1e6:.4f}'
        return said


def descriptions(answer: str) -> list[str]:
    """The descriptions in an answer, without list marks and the talk around them; a line or two is no list."""
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    reasons = reasons_to_leave_out(lines)
    if len(lines) < 3 and not any(map(is_item, lines)):
        return []
    kept = zip(lines, reasons, strict=True)
    return [clean_line(line) for line, reason in kept if reason is None and line[0] not in '{[<']


def write_by_model(grammar: Grammar, collection: PromptCollection, model: LanguageModel, *, num: int) -> list[Prompt]:
    """``num`` prompts of a language model for each class, fewer where it has no more; class after class in turn.

    Raises:
        UserError: the model cannot be asked, or nothing that it answers is usable.
    """
    found = {name: _of_class(name, grammar.spoken(name), collection, model, num=num) for name in grammar.classes}
    rounds = itertools.zip_longest(*found.values())
    prompts = [prompt for turn in rounds for prompt in turn if prompt is not None]
    if not prompts:
        raise UserError(f'no answer of the language model {model.name} names its class; they are in {model.answers}')
    return prompts


def _of_class(name: str, noun: str, collection: PromptCollection, model: LanguageModel, *, num: int) -> list[Prompt]:
    start, dull = len(collection.prompts), 0
    messages: Messages = []
    for question in _questions(noun, max_words=min(collection.max_words, 30)):
        messages.append(dict(role='user', content=question))
        answer = model.ask([messages[0], *messages[1:][-2 * REMEMBERED :]] if len(messages) > 1 else messages)
        messages.append(dict(role='assistant', content=answer))
        reasons = [collection.add_text(text, name=name) for text in descriptions(answer)]
        dull = 0 if None in reasons else dull + 1
        if len(collection.prompts) - start >= num or dull == DULL:
            break
    return collection.prompts[start : start + num]


def _questions(noun: str, *, max_words: int) -> Iterator[str]:
    yield (
        f'Write {PER_ANSWER} different descriptions of photographs that show "{noun}", as prompts for a text-to-image '
        f'model. Each has at most {max_words} words in one line and contains "{noun}". Answer with the numbered list '
        'alone.'
    )
    for cue in itertools.cycle(CUES):
        yield f'{PER_ANSWER} others, {cue}. Again each contains "{noun}" and has at most {max_words} words.'


def _records(path: Path) -> list[dict[str, Any]]:
    """The answers in a file; a line that was cut by a kill is left out."""
    try:
        lines = path.read_text(encoding='utf-8').splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else 'it is not UTF-8 text'
        raise UserError(f'--answers {path} cannot be read: {said}') from None
    wanted = dict(key=str, model=str, answer=str, good=bool, tokens_in=int, tokens_out=int)
    records = []
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            if all(isinstance(record[name], kind) for name, kind in wanted.items()):
                records.append(record)
                continue
        except (ValueError, KeyError, TypeError, RecursionError):
            if line.startswith('{"key": ') or not line:
                continue
        raise UserError(f'--answers {path}: line {number} is no answer of a language model; give another file')
    return records


def _append(path: Path, record: Mapping[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, 'ab+') as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 1))
            cut = file.read(1) not in (b'', b'\n')  # a kill left a part of a line
            file.write((('\n' if cut else '') + json.dumps(record) + '\n').encode())
    except OSError as error:
        raise UserError(f'--answers {path} cannot be written: {error.strerror}') from None

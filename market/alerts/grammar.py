"""Grammar: a line of words made a rule, and one clear complaint where it is none.

[INSTRUMENT] SUBJECT [SPAN] OPERATOR NUMBER [UNIT] [buy | sell] [once | again SPAN]
"""

import re
from dataclasses import replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Final

from market.alerts.rule import Condition, Operator, Rule
from market.alerts.subjects import SUBJECTS, Subject
from market.basis import TimeBasis, parse_basis
from market.events import Side

LONGEST_SPAN: Final = 86_400_000_000_000
"""ns: a log of trades seldom holds more than a day."""
LONGEST_TEXT: Final = 200
"""Characters of a rule at most."""
_NUMBER: Final = re.compile(r"([+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?)([kKmM]?)(%|bp)?")
_TIMES: Final = {"": 1, "k": 1000, "m": 1_000_000}
_SPANS: Final = "such as 30s, 1m or 4h"


def parse_rule(text: str) -> Rule:
    """The rule of a line; ValueError says what is wrong with it and which words there are."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"a rule has {LONGEST_TEXT} characters at most")
    words = re.sub(r"([<>]=?)", r" \1 ", text).split()
    instrument = words.pop(0) if words and ":" in words[0] else ""
    if not words:
        raise ValueError(f"write what to tell of, such as {SUBJECTS['price'].example}; {_names()}")
    name = words.pop(0).lower()
    subject = SUBJECTS.get(name)
    if subject is None:
        raise ValueError(f'"{name}" is nothing to tell of{_meant(name)}; {_names()}')
    condition = Condition(name)
    if subject.spanned:
        condition = replace(condition, span=_span(name, subject, words))
    if subject.operators:
        condition = replace(condition, operator=_operator(name, subject, words))
        condition = _level(condition, subject, words)
    else:
        condition = replace(condition, operator=Operator.ABOVE)
    return _rest(Rule(condition, instrument), subject, words)


def _rest(rule: Rule, subject: Subject, words: list[str]) -> Rule:
    """The rule with what stands after its number."""
    condition, pause = rule.condition, rule.pause
    said: set[str] = set()
    while words:
        word = words.pop(0).lower()
        if word in ("buy", "sell") and subject.sided:
            _once(said, "buy or sell")
            condition = replace(condition, side=Side(word))
        elif word in ("once", "again"):
            _once(said, "once or again")
            if word == "again":
                pause = _time(words.pop(0) if words else "", "again needs a pause")
        else:
            ends = "buy, sell, once, again 10s" if subject.sided else "once, again 10s"
            raise ValueError(f'"{word}" says nothing there; a rule may end with {ends}')
    return replace(rule, condition=condition, pause=pause)


def _once(said: set[str], choice: str) -> None:
    """Note that a choice was made; ValueError where it was before."""
    if choice in said:
        raise ValueError(f"a rule says {choice} a single time")
    said.add(choice)


def _span(name: str, subject: Subject, words: list[str]) -> int:
    if not words or not words[0][:1].isdigit():
        raise ValueError(f"{name} needs a span, {_SPANS}: {subject.example}")
    return _time(words.pop(0), f"{name} needs a span")


def _time(word: str, needs: str) -> int:
    try:
        basis = parse_basis(word.lower())
    except ValueError:
        basis = None
    if not isinstance(basis, TimeBasis):
        raise ValueError(f'{needs} {_SPANS}, not "{word}"' if word else f"{needs} {_SPANS}")
    if basis.interval > LONGEST_SPAN:
        raise ValueError(f'"{word}" is longer than a day')
    return basis.interval


def _operator(name: str, subject: Subject, words: list[str]) -> Operator:
    allowed = " ".join(subject.operators)
    word = words.pop(0).lower() if words else ""
    if word not in [str(operator) for operator in subject.operators]:
        found = f', not "{word}"' if word else ""
        raise ValueError(f"after {name} comes one of {allowed}{found}: {subject.example}")
    return Operator(word)


def _level(condition: Condition, subject: Subject, words: list[str]) -> Condition:
    """The condition with its number and unit."""
    word = words.pop(0) if words else ""
    found = _NUMBER.fullmatch(word)
    if found is None:
        found_here = f', not "{word}"' if word else ""
        raise ValueError(
            f"after {condition.operator} comes a number such as 250, 0.5 or 20k{found_here}: "
            f"{subject.example}"
        )
    level = (Decimal(found[1]) * _TIMES[found[2].lower()]).normalize()
    unit = found[3] or ""
    if not unit and words and words[0].lower() in ("%", "bp", "quote"):
        unit = words.pop(0).lower()
    if unit not in subject.units:
        raise ValueError(_wrong_unit(condition.subject, subject, unit))
    if level < 0 and not (subject.signed and condition.operator is not Operator.BEYOND):
        raise ValueError(f"{condition.subject} {condition.operator} takes no number below zero")
    return replace(condition, level=level, unit=unit)


def _wrong_unit(name: str, subject: Subject, unit: str) -> str:
    if subject.units == ("%",):
        return f"{name} is written in percent: {subject.example}"
    units = [f'"{other}"' for other in subject.units if other]
    others = f"nothing or {' or '.join(units)}" if units else "nothing"
    return f'after the number of {name} comes {others}, not "{unit}"'


def _names() -> str:
    return f"there are {', '.join(SUBJECTS)}"


def _meant(word: str) -> str:
    near = get_close_matches(word, SUBJECTS, n=1, cutoff=0.6)
    return f' (did you mean "{near[0]}"?)' if near else ""

"""One decision in Python, beside other engines: the hospital workload, a dict for each person, answers compared first.

    cargo run --release -p wardkey-testing --example people -- FOLDER/1000 1000 200    (and FOLDER/10 10 200)
    pip install pyperf cedarpy common-expression-language rule-engine zen-engine pycasbin
    WARDKEY_WORKLOAD=FOLDER python benches/peers.py --processes 3 --values 5 --min-time 0.05 --inherit-environ WARDKEY_WORKLOAD

Each engine gets the rules of one entitlement at a time, prepared as far as it can prepare them, and people in its own form. What lies
within a place is told the others as a list of the places around a person; that list is not part of what is measured.
"""

import csv
import json
import os
import re
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pyperf

import wardkey

PAIRS = 128
WORKLOAD = Path(os.environ["WARDKEY_WORKLOAD"])
SIZES = sorted(int(folder.name) for folder in WORKLOAD.iterdir() if folder.name.isdigit())

Person = dict[str, Any]
# a person and an entitlement; gives `allowed`, `denied` or `not_granted`
Ask = Callable[[Any, Any], Any]


class Rules:
    """The rules as trees: `("and", …)`, `("or", …)`, `("test", attribute, operator, values)`."""

    def __init__(self, size: int) -> None:
        folder = WORKLOAD / str(size)
        self.folder = folder / "policy"
        self.by_entitlement: dict[str, dict[str, list[Any]]] = {}
        for line in (self.folder / "rules.ward").read_text().splitlines():
            condition, effect, entitlement = re.fullmatch(r"(.*) -> (allow|deny) (\w+)", line).groups()  # type: ignore[union-attr]
            rules = self.by_entitlement.setdefault(entitlement, {"allow": [], "deny": []})
            rules[effect].append(Parser(condition).either())
        parents = {row["node"]: row["parent"] for row in csv.DictReader((self.folder / "locations.csv").open())}
        self.people = []
        for row in csv.DictReader((folder / "people.csv").open()):
            person: Person = {name: value for name, value in row.items() if name != "id"}
            person["hour"], person["clearance"] = int(person["hour"]), int(person["clearance"])
            person["device.managed"] = person["device.managed"] == "true"
            self.people.append(person)
        self.around = {node: list(above(node, parents)) for node in parents}
        names = sorted(self.by_entitlement)
        # a step that shares no factor with either, so that pairs do not repeat
        self.pairs = [(self.people[at % len(self.people)], names[at * 7 % len(names)]) for at in range(PAIRS)]

    def told(self, person: Person) -> Person:
        """A person for an engine that knows neither dots nor trees."""
        plain = {name.replace(".", "_"): value for name, value in person.items() if name != "location"}
        return {**plain, "places": self.around[person["location"]]}


def above(node: str, parents: dict[str, str]) -> Iterable[str]:
    while node:
        yield node
        node = parents.get(node, "")


class Parser:
    """Reads what the generator writes, no more."""

    def __init__(self, text: str) -> None:
        self.words = re.findall(r"[\w.]+|!=|<=|>=|[=<>()\[\],]", text)
        self.at = 0

    def next(self) -> str:
        self.at += 1
        return self.words[self.at - 1]

    def has(self, word: str) -> bool:
        found = self.at < len(self.words) and self.words[self.at] == word
        self.at += found
        return found

    def either(self) -> Any:
        parts = [self.both()]
        while self.has("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else ("or", parts)

    def both(self) -> Any:
        parts = [self.one()]
        while self.has("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else ("and", parts)

    def one(self) -> Any:
        if self.has("("):
            inner = self.either()
            assert self.has(")")
            return inner
        attribute, operator = self.next(), self.next()
        if operator == "not":
            assert self.next() == "in"
            operator = "not in"
        value = self.next()
        if value != "[":
            if ".." in value:
                return ("test", attribute, operator, tuple(map(int, value.split(".."))))
            return ("test", attribute, operator, read(value))
        values = [read(self.next())]
        while self.has(","):
            values.append(read(self.next()))
        assert self.has("]")
        return ("test", attribute, operator, values)


def read(word: str) -> Any:
    return {"true": True, "false": False}.get(word, int(word) if word.isdigit() else word)


def text(node: Any, words: dict[str, str], test: Callable[..., str]) -> str:
    """A condition in the words of another language."""
    if node[0] == "test":
        return test(*node[1:])
    return "(" + f" {words[node[0]]} ".join(text(part, words, test) for part in node[1]) + ")"


def tests(name: Callable[[str], str], words: dict[str, str]) -> Callable[[str, str, Any], str]:
    """Tests in the words of most languages."""

    def literal(value: Any) -> str:
        return json.dumps(value)

    def test(attribute: str, operator: str, value: Any) -> str:
        left = name(attribute.replace(".", "_"))
        if attribute == "location":
            found = words["holds"].format(set=name("places"), value=literal(value))
        elif isinstance(value, tuple):
            found = f"({left} >= {value[0]} {words['and']} {left} <= {value[1]})"
        elif isinstance(value, list):
            found = words["one of"].format(value=left, set="[" + ", ".join(map(literal, value)) + "]")
        else:
            return f"({left} {'==' if operator == '=' else operator} {literal(value)})"
        return f"{words['not']}({found})" if operator in ("not in", "!=") else found

    return test


def any_of(conditions: list[Any], words: dict[str, str], test: Callable[..., str], never: str) -> str:
    return f" {words['or']} ".join(text(one, words, test) for one in conditions) or never


C_WORDS = {"and": "&&", "or": "||", "not": "!", "holds": "{value} in {set}", "one of": "{value} in {set}"}
PYTHON_WORDS = {"and": "and", "or": "or", "not": "not ", "holds": "{value} in {set}", "one of": "{value} in {set}"}

# --- engines: each gives what is asked and how people are told to it


def wardkey_bound(rules: Rules) -> tuple[Ask, Callable[[Person], Any]]:
    policy = wardkey.load(rules.folder)
    return policy.decide, policy.context


def wardkey_dict(rules: Rules) -> tuple[Ask, Callable[[Person], Any]]:
    return wardkey.load(rules.folder).decide, dict


def wardkey_allows_bound(rules: Rules) -> tuple[Ask, Callable[[Person], Any]]:
    policy = wardkey.load(rules.folder)
    return policy.allows, policy.context


def wardkey_allows_dict(rules: Rules) -> tuple[Ask, Callable[[Person], Any]]:
    return wardkey.load(rules.folder).allows, dict


def lambdas(rules: Rules) -> tuple[Ask, Callable[[Person], Any]]:
    test = tests(lambda name: f'p["{name}"]', PYTHON_WORDS)
    made = {}
    for entitlement, one in rules.by_entitlement.items():
        source = {effect: any_of(one[effect], PYTHON_WORDS, test, "False") for effect in ("allow", "deny")}
        body = f"lambda p: 'denied' if ({source['deny']}) else 'allowed' if ({source['allow']}) else 'not_granted'"
        made[entitlement] = eval(body.replace("true", "True").replace("false", "False"))
    return lambda person, entitlement: made[entitlement](person), rules.told


def rule_engine(rules: Rules) -> tuple[Ask, Callable[[Person], Any]]:
    from rule_engine import Rule

    test = tests(lambda name: name, PYTHON_WORDS)
    made = {
        entitlement: {
            effect: Rule(any_of(one[effect], PYTHON_WORDS, test, "false")) for effect in ("allow", "deny")
        }
        for entitlement, one in rules.by_entitlement.items()
    }

    def ask(person: Any, entitlement: str) -> str:
        rule = made[entitlement]
        return "denied" if rule["deny"].matches(person) else "allowed" if rule["allow"].matches(person) else "not_granted"

    return ask, rules.told


def cel(rules: Rules) -> tuple[Ask, Callable[[Person], Any]]:
    import cel as engine

    test = tests(lambda name: name, C_WORDS)
    made = {}
    for entitlement, one in rules.by_entitlement.items():
        source = {effect: any_of(one[effect], C_WORDS, test, "false") for effect in ("allow", "deny")}
        whole = f"({source['deny']}) ? 'denied' : ({source['allow']}) ? 'allowed' : 'not_granted'"
        made[entitlement] = engine.compile(whole)
    return lambda person, entitlement: made[entitlement].execute(person), rules.told


def zen(rules: Rules) -> tuple[Ask, Callable[[Person], Any]]:
    import zen as engine

    words = {**PYTHON_WORDS, "holds": "{value} in {set}"}
    test = tests(lambda name: name, words)
    made = {}
    for entitlement, one in rules.by_entitlement.items():
        source = {effect: any_of(one[effect], words, test, "false") for effect in ("allow", "deny")}
        whole = f"({source['deny']}) ? 'denied' : (({source['allow']}) ? 'allowed' : 'not_granted')"
        made[entitlement] = engine.compile_expression(whole)
    return lambda person, entitlement: made[entitlement].evaluate(person), rules.told


def cedar(rules: Rules) -> tuple[Ask, Callable[[Person], Any]]:
    import cedarpy

    words = {**C_WORDS, "holds": "{set}.contains({value})", "one of": "{set}.contains({value})"}
    test = tests(lambda name: f"context.{name}", words)
    effects = {"allow": "permit", "deny": "forbid"}
    made = {
        entitlement: "\n".join(
            f"{effects[effect]}(principal, action, resource) when {{ {text(node, words, test)} }};"
            for effect in effects
            for node in one[effect]
        )
        for entitlement, one in rules.by_entitlement.items()
    }
    made = {entitlement: cedarpy.PolicySet.from_str(policies) for entitlement, policies in made.items()}
    nobody = cedarpy.Entities.from_json_str("[]")

    def ask(person: Any, entitlement: str) -> str:
        request = {"principal": 'User::"a"', "action": 'Action::"use"', "resource": 'App::"a"', "context": person}
        result = cedarpy.is_authorized(request, made[entitlement], nobody)
        return "allowed" if result.allowed else "denied" if result.diagnostics.reasons else "not_granted"

    return ask, rules.told


CASBIN = """
[request_definition]
r = sub
[policy_definition]
p = rule, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = eval(p.rule)
"""


def casbin(rules: Rules) -> tuple[Ask, Callable[[Person], Any]]:
    import casbin as engine

    words = {**PYTHON_WORDS, "or": "or"}
    test = tests(lambda name: f"r_sub.{name}", words)
    made = {}
    for entitlement, one in rules.by_entitlement.items():
        model = engine.Model()
        model.load_model_from_text(CASBIN)
        enforcer = engine.Enforcer(model)
        for effect in ("allow", "deny"):
            for node in one[effect]:
                rule = text(node, words, test).replace("true", "True").replace("false", "False")
                enforcer.add_policy(rule.replace("r_sub", "r.sub"), effect)
        made[entitlement] = enforcer

    class Told:
        def __init__(self, person: Person) -> None:
            self.__dict__.update(rules.told(person))

    # it says no more than yes or no
    return lambda person, entitlement: made[entitlement].enforce(person), Told


ENGINES = {
    "wardkey, context read before": wardkey_bound,
    "wardkey, a dict": wardkey_dict,
    "wardkey, context read before, the answer alone": wardkey_allows_bound,
    "wardkey, a dict, the answer alone": wardkey_allows_dict,
    "lambdas": lambdas,
    "rule-engine": rule_engine,
    "cel": cel,
    "zen-engine": zen,
    "cedarpy": cedar,
    "casbin": casbin,
}


@cache
def prepared(engine: str, size: int) -> tuple[Ask, list[tuple[Any, str]]]:
    """The engine, and pairs that it answers as wardkey does."""
    rules = Rules(size)
    ask, tell = ENGINES[engine](rules)
    policy = wardkey.load(rules.folder)
    pairs = []
    for person, entitlement in rules.pairs:
        told = tell(person)
        answer, expected = ask(told, entitlement), policy.decide(person, entitlement)
        if isinstance(answer, bool):
            assert answer == expected.is_allowed, (engine, person, entitlement)
        else:
            assert str(getattr(answer, "outcome", answer)) == expected.outcome, (engine, person, entitlement, answer)
        pairs.append((told, entitlement))
    return ask, pairs


def measure(loops: int, engine: str, size: int) -> float:
    ask, pairs = prepared(engine, size)
    turns = range(loops)
    before = time.perf_counter()
    for _ in turns:
        for person, entitlement in pairs:
            ask(person, entitlement)
    return time.perf_counter() - before


def main() -> None:
    runner = pyperf.Runner()
    for size in SIZES:
        for engine in ENGINES:
            runner.bench_time_func(f"{engine}, {size} rules", measure, engine, size, inner_loops=PAIRS)


if __name__ == "__main__":
    main()

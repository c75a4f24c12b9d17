"""Restores that go wrong in one way, as the control API asks for."""

from typing import Any

Document = dict[str, Any]
FLAWS = (
    "",
    "attribute changed",
    "encryption lost",
    "index missing",
    "item missing",
    "item more",
    "respelt",
)
"""`respelt` is no flaw: numbers in another spelling, sets in another order."""


def with_flaw(flaw: str, made: Document, items: list[Document]) -> list[Document]:
    """Return the items to restore; changes what is made of the table, too."""
    items = [dict(item) for item in items]
    match flaw:
        case "encryption lost":
            made.pop("SSESpecification", None)
        case "index missing":
            _without_index(made)
        case "item missing":
            return items[:-1]
        case "item more":
            return [*items, *([_another(made, items[-1])] if items else [])]
        case "attribute changed":
            _change(made, items)
        case "respelt":
            return [_respelt(item) for item in items]
    return items


def _keys(made: Document) -> list[str]:
    return [one["AttributeName"] for one in made["KeySchema"]]


def _without_index(made: Document) -> None:
    left = made.pop("GlobalSecondaryIndexes", [])[1:]
    if left:
        made["GlobalSecondaryIndexes"] = left
    used = {
        key["AttributeName"]
        for schema in [made["KeySchema"], *(one["KeySchema"] for one in left)]
        for key in schema
    }
    made["AttributeDefinitions"] = [
        one for one in made["AttributeDefinitions"] if one["AttributeName"] in used
    ]


def _another(made: Document, item: Document) -> Document:
    name = _keys(made)[0]
    ((kind, text),) = item[name].items()
    more = str(int(text) + 1) if kind == "N" else f"{text}x"
    return {**item, name: {kind: more}}


def _change(made: Document, items: list[Document]) -> None:
    """Change one text, or add one, in the last item."""
    if not items:
        return
    item = items[-1]
    used = {one["AttributeName"] for one in made["AttributeDefinitions"]}
    texts = (name for name in sorted(item) if "S" in item[name] and name not in used)
    name = next(texts, "spoilt")
    item[name] = {"S": item.get(name, {"S": ""})["S"] + "x"}


def _respelt(value: Any) -> Any:
    """Return an equal value spelt differently: 1 as 1.0, sets in another order."""
    match value:
        case {"N": str(text)} if len(value) == 1:
            return {"N": f"{text}.0" if text.isdigit() else f"{text}0"}
        case {"SS": list(members)} | {"BS": list(members)} if len(value) == 1:
            return dict.fromkeys(value, members[::-1])
        case dict():
            return {name: _respelt(inner) for name, inner in value.items()}
        case list():
            return [_respelt(inner) for inner in value]
    return value

"""events.lock.json: the shape of every stored fact, so that none changes but by addition.

`make lock-events` writes it; it refuses what older stored facts could not be read by.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import PydanticOmit, core_schema

from aggregates.kernel import Fact, personal_fields
from schema.topics import FACTS, SHAPES, stored_name

LOCK = Path(__file__).with_name("events.lock.json")
Schema = Mapping[str, Any]
_SAYS_NOTHING = frozenset({"title", "description"})


class _StoredSchema(GenerateJsonSchema):
    """What is stored: Erased stands in no stored fact."""

    def is_instance_schema(self, schema: core_schema.IsInstanceSchema) -> JsonSchemaValue:
        raise PydanticOmit


def shape(fact_type: type[Fact]) -> dict[str, Any]:
    """A fact's JSON schema without its prose, and the scope of each personal field."""
    whole = fact_type.model_json_schema(schema_generator=_StoredSchema)
    plain = _expanded(whole, whole.get("$defs", {}))
    return {"personal": dict(sorted(personal_fields(fact_type).items())), "schema": plain}


def current() -> dict[str, Any]:
    """The shape of every fact as it is stored today."""
    return {stored_name(fact_type): shape(fact_type) for fact_type in sorted(FACTS, key=stored_name)}


def locked() -> dict[str, Any]:
    """What events.lock.json holds."""
    found: dict[str, Any] = json.loads(LOCK.read_text("utf-8")) if LOCK.exists() else {}
    return found


def _expanded(schema: Schema, definitions: Schema) -> dict[str, Any]:
    """References put in place, titles and descriptions left out."""
    if "$ref" in schema:
        return _expanded(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    plain: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _SAYS_NOTHING or key == "$defs":
            continue
        if key == "properties":
            plain[key] = {name: _expanded(inner, definitions) for name, inner in value.items()}
        elif isinstance(value, dict) and key != "default":
            plain[key] = _expanded(value, definitions)
        elif isinstance(value, list) and key != "default":
            plain[key] = [_expanded(v, definitions) if isinstance(v, dict) else v for v in value]
        else:
            plain[key] = value
    return plain


def breaks(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Changes by which a stored fact could no longer be read as it was meant; additions are none.

    An older revision may leave `after` once its class moved on: it is then read through its upcast.
    """
    found: list[str] = []
    for name, old in before.items():
        if name in after:
            new = after[name]
            found += [f"{name}.{what}" for what in _worse(old["schema"], new["schema"], "")]
            found += [
                f"{name}.{field}: its key changed"
                for field in old["schema"].get("properties", {}).keys() & new["schema"]["properties"].keys()
                if old["personal"].get(field) != new["personal"].get(field)
            ]
        elif name not in SHAPES:
            found.append(f"{name}: gone")
    return found


def _worse(old: Schema, new: Schema, path: str) -> Iterator[str]:
    if old == new:
        return
    alternatives = _alternatives(new)
    for one in _alternatives(old):
        if not any(next(_worse_alone(one, other, path), None) is None for other in alternatives):
            if len(alternatives) == 1:
                yield from _worse_alone(one, alternatives[0], path)
            else:
                yield f"{path}: no longer {json.dumps(one, sort_keys=True)[:60]}"


def _alternatives(schema: Schema) -> list[Schema]:
    common = {k: v for k, v in schema.items() if k != "anyOf"}
    return [{**common, **choice} for choice in schema["anyOf"]] if "anyOf" in schema else [schema]


def _worse_alone(old: Schema, new: Schema, path: str) -> Iterator[str]:
    fields, theirs = old.get("properties", {}), new.get("properties", {})
    for name in fields:
        if name in theirs:
            yield from _worse(fields[name], theirs[name], f"{path}.{name}".lstrip("."))
        else:
            yield f"{path}.{name}: gone".lstrip(".")
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{path}.{name}: required, and older facts may lack it".lstrip(".")
    if not set(old.get("enum", ())) <= set(new.get("enum", ())):
        yield f"{path}: a value is gone"
    for key in ("items", "additionalProperties"):
        if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
            yield from _worse(old[key], new[key], f"{path}[]")
        elif old.get(key) != new.get(key):
            yield f"{path}: {key} changed"
    looked_at = {"properties", "required", "enum", "items", "additionalProperties"}
    for key in (old.keys() | new.keys()) - looked_at:
        if old.get(key) != new.get(key) and not (key == "default" and key not in old):
            yield f"{path}: {key} changed"


def kept_and_current(before: Mapping[str, Any]) -> dict[str, Any]:
    """Today's shapes, and those of older revisions that are still read."""
    return {name: before[name] for name in before if name in SHAPES} | current()


def main() -> int:
    """Write the lock anew, or say why not."""
    before = locked()
    if found := breaks(before, current()):
        print(*found, sep="\n", file=sys.stderr)  # noqa: T201
        print("Raise REVISION and write an upcast (CONTRIBUTING.md).", file=sys.stderr)  # noqa: T201
        return 1
    LOCK.write_text(json.dumps(kept_and_current(before), indent=1, sort_keys=True) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A page that shows the OpenAPI document: plain HTML, made from the document alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from live_activity.sandbox.page import security_headers

_STYLE = """
:root { color-scheme: light dark; --back: #f4f5f9; --panel: #fff; --text: #14161b; --soft: #5b6170; --line: #d8dce6;
        --accent: #0a5fd8; --good: #0b6b3f; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --back: #0e1014; --panel: #181b21; --text: #eceef3; --soft: #a0a6b4; --line: #2b303a; --accent: #7db3ff;
          --good: #5fd69c; --bad: #ff8f86; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1.25rem; background: var(--back); color: var(--text);
       font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.8rem 0 .4rem; }
h3 { font-size: .9rem; margin: 1rem 0 .2rem; } p { margin: .2rem 0; } .soft { color: var(--soft); }
details { background: var(--panel); border: 1px solid var(--line); border-radius: .8rem; margin: .5rem 0;
          padding: .6rem .9rem; }
details details { background: var(--back); padding: .35rem .8rem; margin: .3rem 0; }
summary { cursor: pointer; } summary:focus-visible { outline: 2px solid var(--accent); }
.method { color: var(--accent); font-weight: 700; display: inline-block; min-width: 4.2rem; }
code, pre { font: .85rem/1.45 ui-monospace, monospace; }
pre { margin: .3rem 0; overflow-x: auto; white-space: pre-wrap; }
.good { color: var(--good); font-weight: 700; } .bad { color: var(--bad); font-weight: 700; }
table { border-collapse: collapse; width: 100%; }
td, th { border-top: 1px solid var(--line); padding: .25rem .6rem .25rem 0;
        text-align: start; vertical-align: top; } th { color: var(--soft); font-weight: 500; }
"""


def docs_headers() -> dict[str, str]:
    """The headers of the page, which allow no script."""
    return security_headers(styles=[_STYLE])


def docs_page(document: Mapping[str, Any]) -> str:
    """The document as a page."""
    schemas = document["components"]["schemas"]
    parts = []
    for tag in document["tags"]:
        parts.append(f'<h2>{escape(tag["name"])}</h2><p class="soft">{escape(tag["description"])}</p>')
        for path, methods in document["paths"].items():
            parts.extend(
                _operation(path, method, operation, schemas)
                for method, operation in methods.items()
                if tag["name"] in operation["tags"]
            )
    info = document["info"]
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{escape(info["title"])}</title>
<style>{_STYLE}</style>
<main>
<h1>{escape(info["title"])}</h1>
<p>{escape(info["description"])}</p>
<p class="soft">OpenAPI {escape(document["openapi"])} at <code>/openapi.json</code>. The header
<code>X-Api-Key</code> carries the key: {_code(document["components"]["securitySchemes"]["ApiKey"]["description"])}</p>
{"".join(parts)}
</main>
</html>
"""


def _operation(path: str, method: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    parts = [f"<p>{_code(operation['description'])}</p>"]
    if "parameters" in operation:
        rows = "".join(
            f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}"
            f"{', required' if each['required'] else ''}</td><td>{_code(each['description'])}</td></tr>"
            for each in operation["parameters"]
        )
        parts.append(f"<h3>Parameters</h3><table>{rows}</table>")
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]["application/json"]
        parts.append(f"<h3>Request</h3>{_fields(content['schema'], schemas)}{_examples(content)}")
    parts.append("<h3>Answers</h3>")
    for status, answer in operation["responses"].items():
        kind = "good" if status.startswith("2") else "bad"
        shapes: Mapping[str, Any] = next(iter(answer.get("content", {}).values()), {})
        shown = _fields(shapes["schema"], schemas) + _examples(shapes) if shapes else ""
        parts.append(
            f'<details><summary><span class="{kind}">{status}</span> {_code(answer["description"])}</summary>'
            f"{shown}</details>"
        )
    return (
        f'<details id="{escape(operation["operationId"])}"><summary><span class="method">{method.upper()}</span>'
        f"<code>{escape(path)}</code> {escape(operation['summary'])}</summary>{''.join(parts)}</details>"
    )


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    if "oneOf" in schema:
        return "".join(_fields(each, schemas) for each in schema["oneOf"])
    if "$ref" not in schema:
        return f'<p class="soft">{escape(_type(schema))}</p>'
    found = schemas[schema["$ref"].rpartition("/")[2]]
    required = set(found.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(_type(field))}"
        f"{', required' if name in required else ''}</td><td>{_code(field.get('description', ''))}</td></tr>"
        for name, field in found.get("properties", {}).items()
    )
    return f'<p class="soft">{_code(found.get("description", "").partition(chr(10))[0])}</p><table>{rows}</table>'


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " or ".join(_type(each) for each in schema[union])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any")


def _examples(content: Mapping[str, Any]) -> str:
    return "".join(
        f'<details><summary class="soft">Example: {escape(name)}</summary>'
        f"<pre>{escape(json.dumps(example['value'], indent=2, ensure_ascii=False))}</pre></details>"
        for name, example in content.get("examples", {}).items()
    )


def _code(text: str) -> str:
    """The text, escaped, with text in backticks as code and with line breaks kept."""
    parts = escape(text).split("`")
    shown = "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
    return shown.replace("\n", "<br>")

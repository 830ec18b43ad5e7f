"""The 3.1 document as types: a frontend that listens for a wrong event or reads a wrong field does not compile."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from gateway.config import ContractSettings
from gateway.contract.contract import compile_contract, shipped_descriptor_set
from gateway.publishing import documents
from tests.contract.openapi.adversarial import adversarial_descriptor_set
from tests.contract.openapi.npm import NPM_HOME, run_tool

ROOT = NPM_HOME.parent
EXAMPLES = ROOT / "docs" / "examples"
COMMITTED = ROOT / "gateway" / "web" / "page" / "generated" / "contract.d.ts"
COMPLAINT = re.compile(r"^(?:.*/)?(?P<file>[^/(]+)\((?P<line>\d+),\d+\): error (?P<code>TS\d+)", re.MULTILINE)
Complaints = list[tuple[str, int, str]]
PATH = 'paths["/api/v1/{}"]["get"]["responses"]["200"]["content"]["text/event-stream"][number]'
HEAD = f"""import type {{ paths }} from "./contract";
import {{ on, type Source }} from "./on";
type ProgressEvent = {PATH.format("progress/events")};
type LogEvent = {PATH.format("logs/stream")};
type Asked = NonNullable<paths["/api/v1/progress/operations"]["get"]["parameters"]["query"]>;
type Cancel = paths["/api/v1/progress/operations/{{id}}:cancel"]["post"];
type Reason = NonNullable<Cancel["requestBody"]>["content"]["application/json"];
type Operation = Cancel["responses"]["200"]["content"]["application/json"];
declare const progress: Source<ProgressEvent>;
declare const logs: Source<LogEvent>;
declare const shown: (text: string) => void;
"""


def types_of(descriptor_set: bytes, directory: Path) -> str:
    """What openapi-typescript makes of the 3.1 document of a contract."""
    file = directory / "openapi-3.1.json"
    file.write_bytes(documents(compile_contract(descriptor_set), ContractSettings(), "3.1")["3.1"])
    ran = run_tool("openapi-typescript", file)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


RIGHT = """
on(progress, "progress", ({ event, data }) => shown(`${event} ${data.overall_percentage.toFixed(1)}`));
on(progress, "error", ({ id, data }) => shown(id + data.error));
on(progress, "stream-end", ({ data }) => shown(data.reason));
on(logs, "log", ({ data }) => shown(data.level === "warn" ? data.message : data.timestamp));
on(logs, "stream-gap", ({ data }) => shown(data.missed?.toFixed() ?? data.reason));
"""
RECURSIVE = """import type { paths } from "./adversarial";
import { on, type Source } from "./on";
type Answer<O extends { responses: { 200: { content: unknown } } }> = O["responses"][200]["content"];
type Events<C> = C extends { "text/event-stream": (infer E)[] } ? E : never;
type Json<C> = C extends { "application/json": infer J } ? J : never;
declare const tree: Source<Events<Answer<paths["/v1/tree"]["get"]>>>;
declare const whole: Source<Events<Answer<paths["/v1/whole"]["get"]>>>;
declare const shelf: Json<Answer<paths["/v1/shelves/{name}"]["get"]>>;
declare const written: Json<NonNullable<paths["/v1/all"]["post"]["requestBody"]>["content"]>;
declare const updated: Json<NonNullable<paths["/v1/shelves/{name}"]["patch"]["requestBody"]>["content"]>;
const lengths: number[] = [shelf.made_at.length, written.shelf.name.length, written.tree?.only?.name?.length ?? 0];
const absent: undefined extends typeof updated.made_at ? true : never = true;
on(tree, "tree", ({ data }) => data.children?.["a"]?.only?.left?.right?.left?.[0]?.right);
on(tree, "tree", ({ data }) => data.name?.length ?? data.flag?.valueOf());
on(whole, "message", ({ data }) => data.trees?.["1"]?.name?.length);
"""
EXHAUSTIVE = """
export function told(each: ProgressEvent): string {
  switch (each.event) {
    case "progress": case "completed": case "error": case "cancelled": return each.data.current_stage;
    case "stream-gap": return each.data.reason;
    case "stream-error": return each.data.code;
    case "stream-end": return each.data.reason;
  }
}
"""
WRONG = {
    "a_wrong_name": ('on(progress, "complete", () => {});', "TS2345", "no event is called so"),
    "the_name_of_another_stream": ('on(logs, "progress", () => {});', "TS2345", "the log does not send it"),
    "a_wrong_field": ('on(progress, "completed", ({ data }) => data.percent);', "TS2339", "no payload has it"),
    "a_field_of_another_event": ('on(progress, "stream-gap", ({ data }) => data.state);', "TS2339", "a gap has none"),
    "the_handler_of_another": (
        'on(progress, "progress", (each: Extract<LogEvent, { event: "log" }>) => shown(each.id));',
        "TS2345",
        "an entry of the log is no progress",
    ),
    "a_wrong_type": ('on(progress, "progress", ({ data }) => shown(data.overall_percentage));', "TS2345", "a number"),
    "a_key_that_may_be_absent": ('on(progress, "error", ({ data }) => shown(data.error));', "TS2345", "undefined, too"),
    "a_wrong_spelling": (
        'on(logs, "log", ({ data }) => data.level === "WARN");',
        "TS2367",
        "levels are spelled in lower case, so the two never equal",
    ),
    "a_wrong_parameter": (
        'const query: Asked = { limit: 5, owner: "u-7" };',
        "TS2353",
        "what the list is asked with is `owner_id`",
    ),
    "a_wrong_key_in_a_body": ('const body: Reason = { why: "late" };', "TS2353", "it is called reason"),
    "a_field_that_no_answer_has": ("declare const op: Operation; op.percent;", "TS2339", "no operation has it"),
    "a_wrong_case": (
        'declare const each: ProgressEvent; if (each.event === "stream-end") shown(each.data.owner_id);',
        "TS2339",
        "`event` has told the payloads apart, and this one has no owner",
    ),
}


def compiled(directory: Path) -> Complaints:
    """What the compiler says about all files of a directory, as strict as with the page: file, line, code."""
    settings = {"extends": str(NPM_HOME / "tsconfig.json"), "include": [str(directory)]}
    (directory / "tsconfig.json").write_text(json.dumps(settings))
    ran = run_tool("tsc", "--project", directory, "--pretty", "false")
    found = [(each["file"], int(each["line"]), each["code"]) for each in COMPLAINT.finditer(ran.stdout)]
    assert bool(found) == bool(ran.returncode), ran.stdout
    return found


def line_of(name: str) -> str:
    """The second line below HEAD of a file that is wrong."""
    return f'on(logs, "log", () => {{}});\n{WRONG[name][0]}'


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[int, str]]]:
    """What the compiler says of each file: the line below HEAD, or of an example, and the code. One run for all."""
    directory = tmp_path_factory.mktemp("frontend")
    sources = {"right": RIGHT, "exhaustive": EXHAUSTIVE} | {name: line_of(name) for name in WRONG}
    for name, source in sources.items():
        (directory / f"{name}.ts").write_text(HEAD + source)
    (directory / "recursive.ts").write_text(RECURSIVE)
    (directory / "contract.d.ts").write_text(types_of(shipped_descriptor_set(), directory))
    (directory / "adversarial.d.ts").write_text(types_of(adversarial_descriptor_set(), directory))
    for example in EXAMPLES.glob("*.ts"):
        shutil.copy(example, directory)
    lines_above = dict.fromkeys((f"{name}.ts" for name in sources), HEAD.count("\n"))
    found: dict[str, list[tuple[int, str]]] = {file.name: [] for file in directory.glob("*.ts")}
    for file, line, code in compiled(directory):
        found[file].append((line - lines_above.get(file, 0), code))
    return found


@pytest.mark.parametrize("name", ["right", "exhaustive"])
def test_right_use_compiles(name: str, complaints: dict[str, list[tuple[int, str]]]) -> None:
    """Every listener gets the payload of its event, and `event` tells payloads apart without a default."""
    assert complaints[f"{name}.ts"] == []


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_use_is_one_error_at_its_line(name: str, complaints: dict[str, list[tuple[int, str]]]) -> None:
    """The reason of each stands beside it; every file is right but for its second line."""
    assert complaints[f"{name}.ts"] == [(2, WRONG[name][1])]


@pytest.mark.parametrize("name", ["on", "progress", "cancel"])
def test_the_examples_of_the_documentation_compile(name: str, complaints: dict[str, list[tuple[int, str]]]) -> None:
    """What users copy is true."""
    assert complaints[f"{name}.ts"] == []


@pytest.mark.parametrize("name", ["adversarial.d", "recursive"])
def test_the_types_of_an_adversarial_contract_are_usable(
    name: str, complaints: dict[str, list[tuple[int, str]]]
) -> None:
    """Recursion, maps, oneofs and unnamed events keep their types, and so do answers and bodies."""
    assert complaints[f"{name}.ts"] == []


def test_the_committed_types_are_what_the_contract_gives(tmp_path: Path) -> None:
    """`make openapi` makes them."""
    header, _, types = COMMITTED.read_text().partition("\n")
    assert "make openapi" in header
    assert types == types_of(shipped_descriptor_set(), tmp_path)


def test_the_page_type_checks() -> None:
    """Its scripts are plain JavaScript whose comments name the generated types."""
    ran = run_tool("tsc", "--project", NPM_HOME / "tsconfig.json", "--pretty", "false")
    assert (ran.stdout, ran.returncode) == ("", 0)


def test_the_page_has_no_other_name_for_an_event(tmp_path: Path) -> None:
    """The check can fail: a name that the contract lacks is an error in the page's own script."""
    page = tmp_path / "page"
    shutil.copytree(COMMITTED.parents[1], page)
    panel = page / "logs.js"
    panel.write_text(
        panel.read_text().replace("events: { log: ({ data }) => this.#receive(data) }", "events: { logs() {} }")
    )
    assert [(file, code) for file, _, code in compiled(page)] == [("logs.js", "TS2561")]

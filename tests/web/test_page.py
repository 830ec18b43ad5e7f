import re
from importlib.resources import files

import pytest

from tests.support.gateways import running_gateway


async def test_the_page_loads_nothing_from_another_host() -> None:
    """Every file it names is served from the package, under a policy that allows no other."""
    async with running_gateway("127.0.0.1:1") as gateway:
        index = await gateway.http.get("/")
        assert index.headers["content-type"] == "text/html; charset=utf-8"
        assert index.headers["content-security-policy"] == "default-src 'self'"
        named = set(re.findall(r'(?:src|href)="(page/[^"]+)"', index.text))
        assert {"page/app.js", "page/style.css"} <= named
        for name in named:
            assert (await gateway.http.get(f"/{name}")).status_code == 200


@pytest.mark.parametrize(
    "name", [file.name for file in files("gateway.web").joinpath("page").iterdir() if file.is_file()]
)
def test_no_file_of_the_page_names_a_foreign_address(name: str) -> None:
    """XML namespaces are names, not addresses."""
    text = files("gateway.web").joinpath("page", name).read_text()
    assert set(re.findall(r"https?://[^\s\"')]+", text)) <= {"http://www.w3.org/2000/svg"}

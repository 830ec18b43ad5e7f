"""The OpenAPI documents of a contract, as `serve` publishes them."""

from __future__ import annotations

import json
from typing import Any

from gateway.config import ContractSettings
from gateway.contract.contract import Contract, compile_contract
from gateway.publishing import documents


def document(contract: Contract | bytes, version: str = "3.1") -> Any:
    """A document, parsed.

    Args:
        contract: a contract, or the descriptor set of one.
        version: of OpenAPI.
    """
    compiled = compile_contract(contract) if isinstance(contract, bytes) else contract
    return json.loads(documents(compiled, ContractSettings(), version)[version])


def components(contract: Contract | bytes) -> dict[str, Any]:
    """The schemas of the 3.1 document that come from the contract: no variants, nothing of the gateway's own."""
    schemas: dict[str, Any] = document(contract)["components"]["schemas"]
    own = {"Problem", "WrongParameterProblem", "StreamGap", "StreamError", "StreamEnd"}
    return {
        name: schema
        for name, schema in schemas.items()
        if name not in own and not name.endswith("Message") and "oneOf" not in schema
    }

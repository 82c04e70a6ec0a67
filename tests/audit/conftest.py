from collections.abc import Callable, Sequence

import pytest

from costcheck.audit.engine import audit
from costcheck.audit.knowledge import load_knowledge
from costcheck.audit.result import ClaimAudit
from costcheck.catalog.files import Catalog
from costcheck.scenario.claim import Claim
from tests.audit.claims_format import read_claims_text

Judge = Callable[..., tuple[ClaimAudit, ...]]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog()


@pytest.fixture(scope="session")
def judge(catalog: Catalog) -> Judge:
    """Return a function that audits claims given as YAML text or as values."""

    def run(
        claims: str | Sequence[Claim], *, joint: bool = False, use_registry: bool = True
    ) -> tuple[ClaimAudit, ...]:
        read = read_claims_text(claims) if isinstance(claims, str) else tuple(claims)
        known = load_knowledge(catalog, read)
        return audit(
            read,
            known,
            joint=joint,
            use_registry=use_registry,
        )

    return run

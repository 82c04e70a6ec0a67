"""Rents from dated quotes: right level, honest ranges, every stand-in said."""

import csv
import math

import pytest

from costcheck.catalog.files import Catalog
from costcheck.catalog.price_book import PriceFound, PriceUnknown, price
from costcheck.diagnostics import CostcheckError

H100 = "h100-sxm5-80gb"
H800 = "h800-sxm5-80gb"
HEADER = (
    "gpu", "provider", "provider_kind", "term", "date", "low_usd", "median_usd", "high_usd",
    "rows", "source", "url",
)  # fmt: skip


@pytest.fixture(scope="module")
def catalog():
    return Catalog()


def _found(*arguments):
    answer = price(*arguments)
    assert isinstance(answer, PriceFound)
    return answer


def test_two_dollars_for_an_h800_at_the_end_of_2024_is_within_the_range(catalog):
    """The rent the DeepSeek-V3 report assumes; the report is not among the quotes."""
    found = _found(catalog, H800, "2024-12-26")
    assert found.low < 2.0 < found.high
    assert 1.5 < found.usd_per_gpu_hour < 3.42
    assert not any(q.median_usd == 2.0 and q.gpu == H800 for q in found.quotes)
    assert any("H100 quotes" in note for note in found.notes)


@pytest.mark.parametrize("kind", ["hyperscaler", "neocloud", "marketplace", "china"])
@pytest.mark.parametrize("term", ["on-demand", "reserved-1y", "reserved-3y", "spot"])
@pytest.mark.parametrize("gpu", [H100, "a100-sxm4-80gb", "tpu-v4", "h20-sxm-96gb"])
def test_every_kind_and_term_has_an_answer(catalog, gpu, kind, term):
    found = _found(catalog, gpu, "2024-06-01", kind, term)
    assert 0.05 < found.low < found.usd_per_gpu_hour < found.high < 100
    ratio = math.sqrt(found.low * found.high) / found.usd_per_gpu_hour
    assert ratio == pytest.approx(1, rel=1e-9)
    assert found.quotes
    assert all(found.sources)
    fitting = all(q.provider_kind == kind and q.term == term for q in found.quotes)
    assert fitting or found.notes


def test_longer_terms_and_smaller_providers_are_cheaper(catalog):
    def rent(kind, term):
        return _found(catalog, H100, "2025-03-15", kind, term).usd_per_gpu_hour

    on_demand, one_year, three_years = (
        rent("hyperscaler", t) for t in ("on-demand", "reserved-1y", "reserved-3y")
    )
    assert on_demand > one_year > three_years
    assert rent("hyperscaler", "on-demand") > 2 * rent("neocloud", "on-demand")


def test_the_h100_at_neoclouds_in_2024_lies_where_the_quotes_do(catalog):
    found = _found(catalog, H100, "2024-06-01", "neocloud", "on-demand")
    # Lambda asked 2.49 for the PCIe card, NovoNimbus 4.78.
    assert found.low < 2.49 < found.usd_per_gpu_hour < 4.78 < found.high
    usual = _found(catalog, H100, "2024-06-01")
    assert usual.usd_per_gpu_hour < found.usd_per_gpu_hour


def test_the_pooled_default_covers_both_of_its_terms(catalog):
    usual = _found(catalog, H100, "2026-08-01")
    on_demand = _found(catalog, H100, "2026-08-01", "neocloud", "on-demand")
    reserved = _found(catalog, H100, "2026-08-01", "neocloud", "reserved-1y")
    assert reserved.usd_per_gpu_hour < usual.usd_per_gpu_hour < on_demand.usd_per_gpu_hour


def test_before_neoclouds_a_run_rents_from_hyperscalers(catalog):
    found = _found(catalog, "v100-sxm2-16gb", "2019-10-01")
    assert {quote.provider_kind for quote in found.quotes} == {"hyperscaler"}
    assert found.low < 1.5 < found.high


def test_a_distant_date_widens_the_range_and_is_said(catalog):
    near = _found(catalog, "b200-sxm-180gb", "2026-08-01")
    far = _found(catalog, "b200-sxm-180gb", "2024-06-01")
    assert far.high / far.low > near.high / near.low
    assert any("nine months" in note for note in far.notes)
    assert not near.notes


def test_fewer_providers_mean_a_wider_range(catalog):
    many = _found(catalog, "h200-sxm-141gb", "2026-08-01")
    one = _found(catalog, "gb300-nvl72", "2026-08-01")
    assert one.high / one.low > many.high / many.low
    assert any("only one provider" in note for note in one.notes)


def test_another_part_stands_in_and_is_named(catalog):
    found = _found(catalog, "h20-sxm-96gb", "2024-12-01")
    assert found.usd_per_gpu_hour < _found(catalog, H800, "2024-12-01").usd_per_gpu_hour
    assert any("0.39" in note and "12000" in note for note in found.notes)


def test_a_part_without_quote_and_stand_in_is_unknown_with_a_reason(catalog):
    answer = price(catalog, "gtx-580", "2013-01-01")
    assert isinstance(answer, PriceUnknown)
    assert "gtx-580" in answer.reason


def test_no_date_means_the_catalog_s(catalog):
    assert price(catalog, H100) == price(catalog, H100, catalog.date)


def test_a_year_or_month_is_a_date(catalog):
    assert _found(catalog, H100, "2024").quotes
    assert _found(catalog, H100, "2024-07") == _found(catalog, H100, "2024-07-01")


def _overlay(folder):
    """An overlay with one part, x1, and room for its prices."""
    for name in ("gpus", "prices"):
        (folder / name).mkdir()
    (folder / "gpus" / "x1.yaml").write_text("name: X1\npeak: {bf16: 1 PFLOP/s}\n")


@pytest.mark.parametrize(("name", "advice"), [("h1000", "h100"), ("qqqqq", "name it after a part")])
def test_a_price_file_of_no_part_is_refused(tmp_path, name, advice):
    _overlay(tmp_path)
    (tmp_path / "prices" / f"{name}.csv").write_text(",".join(HEADER) + "\n")
    with pytest.raises(CostcheckError) as caught:
        Catalog((tmp_path,))
    (problem,) = caught.value.diagnostics
    assert problem.code == "CC122"
    assert problem.place.file.endswith(f"{name}.csv")
    assert advice in problem.help


def test_an_overlay_brings_its_own_prices(tmp_path):
    _overlay(tmp_path)
    lines = [",".join(HEADER)] + [
        f"x1,{who},neocloud,reserved-1y,2026-01-01,{usd},{usd},{usd},1,contract,https://x.test"
        for who, usd in (("a", 1.0), ("b", 1.1), ("c", 1.2))
    ]
    (tmp_path / "prices" / "x1.csv").write_text("\n".join(lines) + "\n")
    found = _found(Catalog((tmp_path,)), "x1", "2026-01-01", "neocloud", "reserved-1y")
    assert found.usd_per_gpu_hour == pytest.approx((1.0 * 1.1 * 1.2) ** (1 / 3))
    assert found.notes == ()
    assert len(found.quotes) == 3


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x1,a,neocloud,on-demand,2026-01-01,1,nan,1,1,s,u", "positive and in order"),
        ("x1,a,neocloud,on-demand,2026-01-01,0,0,0,1,s,u", "positive and in order"),
        ("x1,a,neocloud,weekly,2026-01-01,1,1,1,1,s,u", "term is one of"),
        ("x1,a,friend,on-demand,2026-01-01,1,1,1,1,s,u", "provider_kind is one of"),
        ("x1,a,neocloud,on-demand,yesterday,1,1,1,1,s,u", "invalid literal"),
        ("x1,a,neocloud,on-demand,2026-01-01,one,1,1,1,s,u", "could not convert"),
        ("x1,a,neocloud", "cannot be read"),
    ],
)
def test_a_bad_row_of_an_overlay_is_named_with_its_line(tmp_path, row, message):
    _overlay(tmp_path)
    good = "x1,a,neocloud,on-demand,2026-01-01,1,1,1,1,s,u"
    (tmp_path / "prices" / "x1.csv").write_text("\n".join([",".join(HEADER), good, row]))
    with pytest.raises(CostcheckError, match=message) as caught:
        price(Catalog((tmp_path,)), "x1", "2026-01-01")
    assert caught.value.diagnostics[0].place.line == 3


def test_an_empty_price_file_is_no_price(tmp_path):
    _overlay(tmp_path)
    (tmp_path / "prices" / "x1.csv").write_text(",".join(HEADER) + "\n")
    assert isinstance(price(Catalog((tmp_path,)), "x1", "2026-01-01"), PriceUnknown)


def test_quotes_of_one_provider_count_once(tmp_path):
    """A provider with many snapshots must not outvote the others."""
    _overlay(tmp_path)
    row = "x1,{},neocloud,on-demand,2026-01-{:02d},{usd},{usd},{usd},1,s,https://x.test"
    loud = [row.format("loud", day, usd=4.0) for day in range(1, 21)]
    others = [row.format(name, 1, usd=1.0) for name in ("b", "c")]
    (tmp_path / "prices" / "x1.csv").write_text("\n".join([",".join(HEADER), *loud, *others]))
    found = _found(Catalog((tmp_path,)), "x1", "2026-01-10", "neocloud", "on-demand")
    assert found.usd_per_gpu_hour == pytest.approx(4.0 ** (1 / 3), rel=0.02)


@pytest.mark.parametrize(
    ("as_of", "usd"), [("2025-10-15", 1.70), ("2026-03-15", 2.35), ("2026-06-26", 2.65)]
)
def test_one_year_contracts_follow_the_market(catalog, as_of, usd):
    """SemiAnalysis surveyed contracts of H100 at neoclouds over the rise of 2026."""
    found = _found(catalog, H100, as_of, "neocloud", "reserved-1y")
    assert found.usd_per_gpu_hour == pytest.approx(usd, rel=0.04)


# Quotes of the source on 2026-10-01 that are not hyperscalers', on demand: lowest, highest.
OCTOBER = {
    "l40s": (0.96, 2.25),
    "rtx-4090": (0.35, 0.74),
    "rtx-pro-6000-blackwell-server": (1.8, 2.5),
    "rtx-a6000": (0.35, 1.09),
    "mi350x": (5.49, 6.16),
    "a10": (1.00, 1.29),
    "rtx-6000-ada": (0.75, 1.57),
    "rtx-a5000": (0.27, 0.44),
    "a30": (0.35, 0.35),
}


@pytest.mark.parametrize("part", OCTOBER)
def test_cards_of_all_classes_cost_what_they_are_quoted_at(catalog, part):
    low, high = OCTOBER[part]
    kind = "marketplace" if part.startswith("rtx-4") else "neocloud"
    found = _found(catalog, part, "2026-10-01", kind, "on-demand")
    assert 0.85 * low < found.usd_per_gpu_hour < 1.2 * high
    assert found.high / found.low < 6.5


def test_a_t4_is_priced_where_it_is_rented(catalog):
    found = _found(catalog, "t4", "2026-10-01", "hyperscaler", "on-demand")
    assert found.usd_per_gpu_hour == pytest.approx(0.35, rel=0.05)


@pytest.mark.parametrize("part", ["gb200-nvl72", "gb300-nvl72", "rtx-4090", "rtx-5090", "mi350x"])
def test_few_quotes_do_not_make_a_range_useless(catalog, part):
    found = _found(catalog, part, "2026-11-22")
    assert found.high / found.low < 6.5


def test_quotes_after_the_day_are_not_used_where_there_are_earlier_ones(catalog):
    for as_of in ("2024-07-23", "2025-10-15", "2026-03-15"):
        assert max(q.date for q in _found(catalog, H100, as_of).quotes) <= as_of
    first = _found(catalog, "b200-sxm-180gb", "2024-06-01")
    assert min(q.date for q in first.quotes) > "2024-06-01"


def test_the_cut_of_aws_is_taken_and_the_conflict_is_in_the_range(catalog):
    """12.29 x (1 - 44 %) since June 2025; one list still has 12.29."""
    before = _found(catalog, H100, "2025-05-31", "aws", "on-demand")
    after = _found(catalog, H100, "2025-06-30", "aws", "on-demand")
    assert before.usd_per_gpu_hour == pytest.approx(12.29, rel=0.01)
    assert after.usd_per_gpu_hour == pytest.approx(6.88, rel=0.01)
    assert after.high / after.low > 1.5
    every = _found(catalog, H100, "2026-11-22", "hyperscaler", "on-demand")
    assert every.usd_per_gpu_hour == pytest.approx(9.1, rel=0.03)


@pytest.mark.parametrize(
    ("name", "usd"),
    [
        ("lambda", 3.99),
        ("Lambda Labs", 3.99),
        ("coreweave", 6.155),
        ("runpod", 3.49),
        ("nebius", 4.5),
        ("together", 1.99),
        ("Google Cloud", 9.797),
    ],
)
def test_a_named_provider_asks_its_list_price(catalog, name, usd):
    found = _found(catalog, H100, "2026-10-02", name)
    assert found.usd_per_gpu_hour == pytest.approx(usd, rel=0.001)
    assert found.high / found.low < 1.6
    assert found.basis.startswith(found.quotes[0].provider)
    assert not found.notes


# Vantage, 2026-01-21: p6-b200 at 113.93 USD for 8, p5en at 63.30, p4de at 27.45; AWS, capacity
# blocks of July 2026: trn2.48xlarge at 35.76 USD for 16, p6-b300 at 112.32 for 8.
@pytest.mark.parametrize(
    ("part", "day", "name", "usd"),
    [
        ("b200-sxm-180gb", "2026-03-01", "aws", 14.24),
        ("h200-sxm-141gb", "2026-03-01", "aws", 7.91),
        ("a100-sxm4-80gb", "2026-03-01", "aws", 3.43),
        ("trainium2", "2026-11-22", "aws-capacity-blocks", 2.235),
        ("b300-sxm-288gb", "2026-07-30", "aws-capacity-blocks", 14.04),
    ],
)
def test_what_aws_asks(catalog, part, day, name, usd):
    assert _found(catalog, part, day, name).usd_per_gpu_hour == pytest.approx(usd, rel=0.01)


def test_a_provider_without_a_quote_is_said_and_its_kind_stands_in(catalog):
    found = _found(catalog, "b200-sxm-180gb", "2026-10-02", "azure")
    assert any("no quote of azure" in note for note in found.notes)


def _contract(folder, rows):
    (folder / "prices").mkdir()
    lines = [",".join(HEADER), *rows]
    (folder / "prices" / "h100.csv").write_text("\n".join(lines) + "\n")
    return Catalog((folder,))


ACME = "h100,acme,neocloud,reserved-1y,2026-01-01,1.85,1.85,1.85,1,contract,"


def test_a_contract_price_is_exact_and_deletes_nothing(catalog, tmp_path):
    mine = _contract(tmp_path, [ACME])
    for asked in ((), ("neocloud",), ("neocloud", "reserved-1y"), ("acme",)):
        found = _found(mine, H100, "2026-06-01", *asked)
        assert (found.low, found.usd_per_gpu_hour, found.high) == (1.85, 1.85, 1.85)
    for asked in (("marketplace", "on-demand"), ("hyperscaler", "reserved-1y"), ("lambda",)):
        assert _found(mine, H100, "2026-08-01", *asked) == _found(
            catalog, H100, "2026-08-01", *asked
        )


def test_a_contract_with_a_band_keeps_its_band(tmp_path):
    row = "h100-sxm5-80gb,acme,neocloud,monthly,2026-01-01,1.7,1.85,2.1,1,contract,"
    found = _found(_contract(tmp_path, [row]), H100, "2026-06-01", None, "monthly")
    assert (found.low, found.usd_per_gpu_hour, found.high) == (1.7, 1.85, 2.1)


def test_the_newest_contract_of_the_day_counts(tmp_path):
    rows = [ACME, ACME.replace("2026-01-01", "2026-05-01").replace("1.85", "2.05")]
    mine = _contract(tmp_path, rows)
    assert _found(mine, H100, "2026-04-01").usd_per_gpu_hour == 1.85
    assert _found(mine, H100, "2026-05-02").usd_per_gpu_hour == 2.05


def test_leave_one_provider_out_covers(catalog):
    """Calibration: a provider's quote lies in the range the other providers give.

    Nine of ten would be perfect; the ranges are for a deal one does not know, so more is fine.
    """
    inside, total = 0, 0
    for family in ("h100", "a100", "h200", "b200"):
        rows = list(csv.DictReader(catalog.text(f"prices/{family}.csv").splitlines()))
        for row in rows:
            if row["provider_kind"] != "neocloud" or row["term"] != "on-demand":
                continue
            found = _without(catalog, family, rows, row)
            inside += found.low <= float(row["median_usd"]) <= found.high
            total += 1
    assert total > 100
    assert 0.85 <= inside / total <= 0.99


class _Lacking:
    """A catalog whose price file lacks the rows of one provider."""

    def __init__(self, catalog, relative, text):
        self._catalog, self._relative, self._text = catalog, relative, text
        self.date = catalog.date

    def path(self, relative):
        return self._catalog.path(relative)

    def has(self, relative):
        return self._catalog.has(relative)

    def rows(self, relative):
        return self._catalog.rows(relative)

    def layers(self, names):
        if self._relative in names:
            yield self._relative, False, list(csv.DictReader(self._text.splitlines()))
        else:
            yield from self._catalog.layers(names)

    def document(self, relative, *, as_text=False):
        return self._catalog.document(relative, as_text=as_text)


def _without(catalog, family, rows, left_out):
    kept = [row for row in rows if row["provider"] != left_out["provider"]]
    lines = [",".join(HEADER)] + [",".join(row[name] for name in HEADER) for row in kept]
    lacking = _Lacking(catalog, f"prices/{family}.csv", "\n".join(lines))
    gpu = left_out["gpu"] if left_out["gpu"] != family else f"{family}-sxm5-80gb"
    return _found(lacking, gpu, left_out["date"], "neocloud", "on-demand")

"""Tables people have, in the shape their makers give them, become a catalog folder of one's own."""

import json

import pytest

from costcheck.catalog.files import Catalog
from costcheck.catalog.imports import read_table
from costcheck.catalog.overlays import write_overlay
from costcheck.catalog.price_book import price
from costcheck.catalog.purchases import purchase_prices
from costcheck.cli.app import run
from costcheck.diagnostics import CostcheckError
from costcheck.estimate.resolve import accelerator

CATALOG = Catalog()
DAY = "2026-11-01"

# SkyPilot: catalogs/v8/lambda/vms.csv.
SKYPILOT = """\
InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,GpuInfo,SpotPrice
cpu_4x_general,,,4.0,16.0,0.2,us-east-1,,
gpu_8x_h100_sxm5,H100,8.0,208.0,1800.0,23.92,us-east-1,"{'Gpus': [{'Name': 'H100'}]}",12.0
gpu_8x_h100_sxm5,H100,8.0,208.0,1800.0,25.92,us-west-1,"{'Gpus': [{'Name': 'H100'}]}",
gpu_1x_zz,ZZ9000,1.0,14.0,100.0,0.8,us-east-1,"{'Gpus': []}",
gpu_1x_a6000,A6000,1.0,14.0,100.0,,us-east-1,"{'Gpus': []}",
"""
# gpuhunt: aws.csv of the catalog archive, version 2.
GPUHUNT = """\
instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot,disk_size,gpu_vendor,flags
p5.48xlarge,us-east-1,55.04,192,2048.0,8,H100,80.0,False,,nvidia,
p5.48xlarge,us-east-1,22.0,192,2048.0,8,H100,80.0,True,,nvidia,
p4d.24xlarge,us-east-1,21.92,96,1152.0,8,A100,40.0,False,,nvidia,
v5litepod-8,us-central1,9.6,224,384.0,1,v5litepod-8,,False,,google,
m5.large,us-east-1,0.096,2,8.0,0,,,False,,,
"""
# Spare Cores: table server_price joined with the accelerators of its servers.
SPARECORES = """\
vendor_id,region_id,zone_id,server_id,operating_system,allocation,unit,price,price_upfront,currency,status,observed_at,gpu_model,gpu_count
aws,us-east-1,use1-az1,p5.48xlarge,Linux,ondemand,hour,55.04,0,USD,active,2026-09-03T00:10:00,H100,8
aws,us-east-1,use1-az2,p5.48xlarge,Linux,spot,hour,20.0,0,USD,active,2026-09-03T00:10:00,H100,8
hcloud,fsn1,fsn1,gex44,Linux,ondemand,month,184.0,0,EUR,active,2026-09-03T00:10:00,RTX 4000 Ada,1
aws,us-east-1,use1-az1,m7i.large,Linux,ondemand,hour,0.1,0,USD,active,2026-09-03T00:10:00,,0
"""
# Epoch AI: ml_hardware.csv, the columns that are read.
EPOCH_COLUMNS = (
    "Hardware name", "Manufacturer", "Type", "Release date", "Release price (USD)",
    "Tensor-FP16/BF16 performance (FLOP/s)", "FP8 performance (FLOP/s)", "Memory (bytes)",
    "Memory bandwidth (byte/s)", "TDP (W)",
)  # fmt: skip
EPOCH = f"""\
{",".join(EPOCH_COLUMNS)}
NVIDIA H100 SXM5 80GB,NVIDIA,GPU,2023-03-21,33600,9.894e14,1.979e15,8e10,3.35e12,700
Biren BR100,Biren,GPU,2022-08-09,,1.024e15,,6.4e10,2.3e12,550
Nobody N1,Nobody,GPU,2025-01-01,9000,,,,,
"""
CUR = """\
lineItem/UsageStartDate,lineItem/UsageAmount,lineItem/UnblendedCost,lineItem/CurrencyCode,product/instanceType,pricing/term
2026-09-01T00:00:00Z,720,39628.8,USD,p5.48xlarge,OnDemand
2026-09-01T00:00:00Z,100,9.6,USD,m5.large,OnDemand
"""
FOCUS = """\
BilledCost,BillingCurrency,ChargePeriodStart,ConsumedQuantity,ConsumedUnit,ProviderName,SkuId,PricingCategory
8849.6,USD,2026-09-01,100,Hours,Google Cloud,a3-highgpu-8g,Standard
5000,USD,2026-09-01,100,Hours,Google Cloud,a3-highgpu-8g,Committed
12,USD,2026-09-01,400,GB,Google Cloud,a3-highgpu-8g,Standard
"""
INVOICE = """\
Month,Vendor,Instance type,Hours,Cost,Currency
2026-09,acme,8xH100,720,"$10,656.00",USD
2026-10,acme,8xH100,744,11011.2,USD
2026-10,acme,p4d.24xlarge,100,1500,EUR
2026-10,acme,support,1,100,USD
"""
CARDS = """\
date,provider,gpu,gpu_hours,amount,term
2026-10-01,acme,RTX 4090,1000,400,spot
2026-10-01,acme,RTX 4090,1000,600,for ever
2026-10-01,acme,L40S,1000,0,spot
"""


def _table(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def _prices(found):
    return {(q.gpu, q.provider, q.term, q.date[:7]): q.median_usd for q in found.quotes}


def _left(found):
    return {reason: len(rows) for reason, rows in found.left_out.items()}


@pytest.mark.parametrize(
    ("name", "text", "title", "prices", "left_out"),
    [
        (
            "lambda/vms.csv",
            SKYPILOT,
            "SkyPilot catalog",
            {
                ("h100", "lambda", "on-demand", "2026-11"): 3.115,
                ("h100", "lambda", "spot", "2026-11"): 1.5,
            },
            {
                "no accelerator": 1,
                "an accelerator the catalog does not know": 1,
                "no price": 1,
            },
        ),
        (
            "aws.csv",
            GPUHUNT,
            "dstack gpuhunt",
            {
                ("h100-sxm5-80gb", "aws", "on-demand", "2026-11"): 6.88,
                ("h100-sxm5-80gb", "aws", "spot", "2026-11"): 2.75,
                ("a100-sxm4-40gb", "aws", "on-demand", "2026-11"): 2.74,
                ("tpu-v5e", "aws", "on-demand", "2026-11"): 1.2,
            },
            {"no accelerator": 1},
        ),
        (
            "server_prices.csv",
            SPARECORES,
            "Spare Cores server prices",
            {
                ("h100", "aws", "on-demand", "2026-09"): 6.88,
                ("h100", "aws", "spot", "2026-09"): 2.5,
            },
            {"in EUR, not in US dollars": 1, "no accelerator": 1},
        ),
        (
            "cur.csv",
            CUR,
            "AWS cost and usage report",
            {("h100-sxm5-80gb", "aws", "on-demand", "2026-09"): 6.88},
            {"no accelerator": 1},
        ),
        (
            "focus.csv",
            FOCUS,
            "FOCUS billing export",
            {
                ("h100-sxm5-80gb", "google cloud", "on-demand", "2026-09"): 11.062,
                ("h100-sxm5-80gb", "google cloud", "reserved-1y", "2026-09"): 6.25,
            },
            {"per GB, not per hour": 1},
        ),
        (
            "invoice.csv",
            INVOICE,
            "invoice",
            {
                ("h100", "acme", "on-demand", "2026-09"): 1.85,
                ("h100", "acme", "on-demand", "2026-10"): 1.85,
            },
            {"in EUR, not in US dollars": 1, "no accelerator": 1},
        ),
        (
            "cards.csv",
            CARDS,
            "invoice",
            {("rtx-4090", "acme", "spot", "2026-10"): 0.4},
            {"a term or date that is not understood": 1, "no price": 1},
        ),
    ],
    ids=["skypilot", "gpuhunt", "sparecores", "aws-cur", "focus", "invoice", "cards"],
)
def test_a_table_is_read_and_what_is_left_out_is_counted(
    tmp_path, name, text, title, prices, left_out
):
    found = read_table(CATALOG, _table(tmp_path, name, text), as_of=DAY)
    assert found.title == title
    assert _prices(found) == pytest.approx(prices)
    assert _left(found) == left_out
    rows = text.strip().splitlines()[1:]
    assert sum(left_out.values()) < len(rows)


def test_an_epoch_table_adds_parts_and_purchase_prices(tmp_path):
    found = read_table(CATALOG, _table(tmp_path, "ml_hardware.csv", EPOCH))
    assert set(found.parts) == {"biren-br100"}
    assert [row["price_per_chip_usd"] for row in found.purchases] == ["33600", "9000"]
    assert sum(_left(found).values()) == 2
    folder = tmp_path / "mine"
    write_overlay(CATALOG, found, str(folder))
    mine = Catalog((folder,))
    part = accelerator(mine, "Biren BR100")
    assert part.entry.peak.bf16.value == pytest.approx(1.024e15)
    assert part.entry.memory.value == pytest.approx(64e9)
    added = len(purchase_prices(mine)) - len(purchase_prices(CATALOG))
    assert added == 2


def test_what_was_paid_is_the_price_and_imports_add_up(tmp_path):
    folder = str(tmp_path / "mine")
    for name, text in (("lambda/vms.csv", SKYPILOT), ("aws.csv", GPUHUNT), ("bill.csv", INVOICE)):
        found = read_table(CATALOG, _table(tmp_path, name, text), as_of=DAY)
        write_overlay(CATALOG, found, folder)
        write_overlay(CATALOG, found, folder)
    mine = Catalog((folder,))
    paid = price(mine, "h100-sxm5-80gb", "2026-11-20")
    assert (paid.low, paid.usd_per_gpu_hour, paid.high) == (1.85, 1.85, 1.85)
    listed = price(mine, "h100-sxm5-80gb", "2026-11-20", "aws", "on-demand")
    assert listed.usd_per_gpu_hour == 6.88
    rows = (tmp_path / "mine" / "prices" / "h100.csv").read_text().splitlines()
    assert len(rows) == 1 + 2 + 2 + 2
    assert price(mine, "b200-sxm-180gb") == price(CATALOG, "b200-sxm-180gb")


def test_a_provider_and_a_day_can_be_said(tmp_path):
    path = _table(tmp_path, "table.csv", SKYPILOT)
    found = read_table(CATALOG, path, "RunPod", "2026-08-01")
    assert {(q.provider, q.provider_kind, q.date) for q in found.quotes} == {
        ("runpod", "marketplace", "2026-08-01")
    }
    assert found.assumed == []
    silent = read_table(CATALOG, path)
    assert any("--as-of" in line for line in silent.assumed)
    assert any("table is taken for a neocloud" in line for line in silent.assumed)


@pytest.mark.parametrize(
    "text", ["a,b,c\n1,2,3\n", "gpu,amount\nH100,3\n", "", "hours,amount\n1,2\n"]
)
def test_a_table_of_no_known_format_is_refused(tmp_path, text):
    with pytest.raises(CostcheckError, match="CC125"):
        read_table(CATALOG, _table(tmp_path, "x.csv", text))


def test_the_command_says_all_of_it(tmp_path, capsys):
    path, folder = _table(tmp_path, "invoice.csv", INVOICE), tmp_path / "mine"
    assert run(["catalog", "import", path, "--into", str(folder)]) == 0
    shown = capsys.readouterr().out
    for words in ("2 prices from invoice", "1 row: no accelerator (such as support)", "--catalog"):
        assert words in shown
    assert run(["catalog", "import", path, "--into", str(folder), "-f", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["left_out"] == {"in EUR, not in US dollars": 1, "no accelerator": 1}
    assert said["files"] == ["prices/h100.csv"]


def test_a_folder_of_data_that_nothing_reads_is_refused(tmp_path):
    (tmp_path / "price").mkdir()
    (tmp_path / "price" / "h100.csv").write_text("gpu\n")
    with pytest.raises(CostcheckError, match="CC123") as caught:
        Catalog((tmp_path,))
    assert "prices" in caught.value.diagnostics[0].help

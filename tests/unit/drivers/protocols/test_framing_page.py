"""What docs/devices/efferent-framing.md shows is what the code does: firmware is written from that page."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from drivers.protocols.efferent_frame import EfferentEncoder, EfferentParser
from drivers.protocols.efferent_packet import check_sum, unseal
from drivers.protocols.protocol import SampleBlock
from drivers.source import StreamInfo, Unit

PAGE = Path(__file__).resolve().parents[4] / "docs/devices/efferent-framing.md"
INFO = StreamInfo("bench", 2, 1000.0, Unit.MICROVOLT, ("biceps", "triceps"), "7")
COUNTS = np.array([[1, -1], [8_388_607, -8_388_608]])


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def block(page: str, title: str) -> str:
    found = re.search(rf"^```{title}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert found is not None, title
    return found[1]


@pytest.fixture
def encoder() -> EfferentEncoder:
    return EfferentEncoder(INFO, scale=0.5, boot=5, first_index=300)


def test_the_description_of_the_page_is_the_encoders(page: str, encoder: EfferentEncoder) -> None:
    wire = bytes.fromhex(block(page, "wire description"))
    assert wire == encoder.description()
    assert bytes.fromhex(block(page, "packet description")) == unseal(wire[:-1])


def test_the_samples_of_the_page_are_the_encoders(page: str, encoder: EfferentEncoder) -> None:
    wire = bytes.fromhex(block(page, "wire data"))
    assert wire == encoder.data(COUNTS, 1_234_567)
    assert bytes.fromhex(block(page, "packet data")) == unseal(wire[:-1])


def test_the_parser_reads_the_page(page: str) -> None:
    parser = EfferentParser()
    data = bytes.fromhex(block(page, "wire description") + block(page, "wire data"))
    _, received = parser.feed(data)
    assert parser.description is not None
    assert parser.description.info == INFO
    assert isinstance(received, SampleBlock)
    assert np.array_equal(received.samples, COUNTS * 0.5)
    assert (received.first_index, received.newest_ticks) == (300, 1_234_567)


def test_the_check_sums_test_vector_is_the_codes(page: str) -> None:
    found = re.search(r"`(\d+)` give `0x([0-9A-F]{4})`", page)
    assert found is not None
    assert check_sum(found[1].encode()) == int(found[2], 16)


def test_the_bandwidth_table_is_right(page: str) -> None:
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \| (\w+) \|$", page, re.MULTILINE)
    assert len(rows) == 8
    for channels, rate, samples, size, kilobytes, kilobits, baud in rows:
        encoder = EfferentEncoder(StreamInfo("x", int(channels), float(rate)), first_index=0x01010101)
        longest = len(encoder.data(np.full((int(samples), int(channels)), 0x010101), 0x01010101))
        assert longest <= int(size) <= longest + 1
        assert float(kilobytes) == pytest.approx(int(size) * int(rate) / int(samples) / 1000)
        assert float(kilobits) == pytest.approx(10 * float(kilobytes))
        assert baud == "USB" or int(baud) >= 1000 * float(kilobits)


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler (Debian: apt install gcc)")
def test_the_sketch_in_c_sends_what_the_encoder_sends(page: str, encoder: EfferentEncoder, tmp_path: Path) -> None:
    main = """
        #include <stdio.h>
        void port_write(const uint8_t *bytes, uint16_t length) { fwrite(bytes, 1, length, stdout); }
        int main(void)
        {
            const int32_t counts[SAMPLES][CHANNELS] = {{1, -1}, {8388607, -8388608}};
            uint8_t long_packet[258];
            send_description(5);
            send_samples(5, 300, 1234567, counts);
            for (int length = 250; length <= 256; length++) {
                memset(long_packet, 0x55, sizeof long_packet);
                send_packet(long_packet, (uint16_t)length);
            }
            return 0;
        }
    """
    source, program = tmp_path / "sketch.c", tmp_path / "sketch"
    source.write_text(block(page, "c") + main, encoding="utf-8")
    subprocess.run(["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-o", program, source], check=True)  # noqa: S607
    sent = subprocess.run([program], check=True, capture_output=True).stdout
    example = encoder.description() + encoder.data(COUNTS, 1_234_567)
    assert sent.startswith(example)
    long_packets = sent[len(example) :].split(b"\0")[:-1]  # around the longest run that one COBS code can span
    assert [unseal(piece)[:-2] for piece in long_packets] == [b"\x55" * length for length in range(250, 257)]

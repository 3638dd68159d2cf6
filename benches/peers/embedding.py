#!/usr/bin/env python3
"""Compares the speed of the native encoder, ONNX Runtime (int8 and f32) and tract on one core, in one run.

    python3 benches/peers/embedding.py [rounds]

Installs ONNX Runtime into target/peers. Each round runs all lengths and encoders in turn, so that changes of the
machine's speed affect all of them; a time is the median CPU time of the calling thread over a round's calls, a ratio
the median over the rounds. Ours is the whole call, from the text to the unit vector. ONNX Runtime is timed twice: the
run of the graph alone, and, for `text_vs`, with the tokenizer, the pooling and the normalization that a program needs
in addition. The model's folder is IDIOLECT_MODEL_DIR, by default ../shared/models/all-MiniLM-L6-v2.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / "target" / "peers" / "embedding"
MODEL = Path(os.environ.get("IDIOLECT_MODEL_DIR", ROOT / ".." / "shared" / "models" / "all-MiniLM-L6-v2"))
TOKENS = [16, 64, 128, 256]
CALLS = {16: 60, 64: 24, 128: 14, 256: 8}


def install():
    """Restarts this script with an interpreter that has the peers."""
    python = ENVIRONMENT / "bin" / "python"
    if Path(sys.prefix).resolve() == ENVIRONMENT.resolve():
        return
    if not (ENVIRONMENT / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        packages = ["onnxruntime", "tokenizers", "numpy"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        (ENVIRONMENT / "installed").touch()
    os.execv(python, [str(python), __file__, *sys.argv[1:]])


class Ours:
    """The bench of this repository, queried over a pipe."""

    def __init__(self, limit=None):
        environment = dict(os.environ)
        if limit:
            environment["IDIOLECT_SIMD"] = limit
        command = ["cargo", "bench", "--quiet", "--bench", "embedding", "--", "--serve"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit("the bench has stopped")
        return line.rstrip("\n")

    def time(self, encoder, tokens):
        return float(self.ask(encoder, tokens, CALLS[tokens]))


class OnnxRuntime:
    def __init__(self, file, inputs, texts, tokenizer):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            str(MODEL / file), options, providers=["CPUExecutionProvider"]
        )
        self.inputs, self.texts, self.tokenizer = inputs, texts, tokenizer

    def time(self, tokens):
        return median_time(tokens, lambda: self.session.run(None, self.inputs[tokens]))

    def time_text(self, tokens):
        return median_time(tokens, lambda: self.embed(self.texts[tokens]))

    def embed(self, text):
        import numpy

        states = self.session.run(None, inputs_of(self.tokenizer.encode(text)))[0]
        vector = states[0].mean(axis=0)
        return vector / numpy.linalg.norm(vector)


def inputs_of(encoding):
    """The graph's inputs for a single text."""
    import numpy

    ids = numpy.array([encoding.ids], dtype=numpy.int64)
    ones, zeros = numpy.ones_like(ids), numpy.zeros_like(ids)
    return {"input_ids": ids, "attention_mask": ones, "token_type_ids": zeros}


def median_time(tokens, call):
    samples = []
    for _ in range(CALLS[tokens]):
        start = time.thread_time()
        call()
        samples.append((time.thread_time() - start) * 1e3)
    return statistics.median(samples)


def main():
    install()
    import tokenizers

    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    best, avx2 = Ours(), Ours("avx2")
    tokenizer = tokenizers.Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    texts = {tokens: best.ask("text", tokens) for tokens in TOKENS}
    inputs = {tokens: inputs_of(tokenizer.encode(text)) for tokens, text in texts.items()}
    for tokens in TOKENS:
        assert inputs[tokens]["input_ids"].shape[1] == tokens, "both tokenizers count the same tokens"
    int8 = OnnxRuntime("model_int8.onnx", inputs, texts, tokenizer)
    f32 = OnnxRuntime("model.onnx", inputs, texts, tokenizer)
    print(f"ours: {best.ask('isa')} and {avx2.ask('isa')}; {rounds} rounds")
    peers = {
        "native": lambda tokens: best.time("native", tokens),
        "ort_int8": int8.time,
        "ort_int8_text": int8.time_text,
        "native_avx2": lambda tokens: avx2.time("native", tokens),
        "ort_f32": f32.time,
        "tract_f32": lambda tokens: best.time("tract", tokens),
    }
    times = {(name, tokens): [] for name in peers for tokens in TOKENS}
    for number in range(rounds + 1):
        for tokens in TOKENS:
            for name, take in peers.items():
                took = take(tokens)
                if number > 0:
                    times[name, tokens].append(took)
    print("milliseconds  " + "".join(f"{tokens:>9}" for tokens in TOKENS))
    for name in peers:
        print(f"{name:<14}" + "".join(f"{statistics.median(times[name, tokens]):>9.3f}" for tokens in TOKENS))

    def ratio(label, peer, ours):
        for tokens in TOKENS:
            pairs = zip(times[peer, tokens], times[ours, tokens])
            print(f"figure {label}_{tokens} {statistics.median(a / b for a, b in pairs):.3f} times")

    ratio("embed_vs_ort_int8", "ort_int8", "native")
    ratio("embed_text_vs_ort_int8", "ort_int8_text", "native")
    ratio("embed_vs_ort_f32", "ort_f32", "native")
    ratio("embed_vs_tract_f32", "tract_f32", "native")
    ratio("embed_avx2_vs_ort_int8", "ort_int8", "native_avx2")


if __name__ == "__main__":
    main()

"""`python -m fuzz.one TARGET [libFuzzer's arguments]`: one target, its modules instrumented as they are imported."""

import sys

import atheris


def main() -> None:
    name, *arguments = sys.argv[1:]
    with atheris.instrument_imports(include=["crawler", "storage.where", "backlinks.config", "backlinks.toml_values"]):
        from fuzz.targets import TARGETS  # noqa: PLC0415 — instrumented while it is imported
    atheris.Setup([sys.argv[0], *arguments], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()

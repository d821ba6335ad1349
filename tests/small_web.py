"""A web of a few answers on one host, for tests of what a crawl does with one of them."""

from backlinks.demo.model import Answer

HOST = "small.test"


def html(body):
    return Answer(status=200, headers=(("Content-Type", "text/html"),), body=body.encode())


def redirect(location):
    return Answer(status=302, headers=(("Location", location),), body=b"")


class SmallWeb:
    """`answers` by path with query; what is not there is not found. `asked` has the paths in order."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []
        self.port = 80

    @property
    def seeds(self):
        return [f"http://{HOST}:{self.port}/"]

    @property
    def resolve(self):
        return {HOST: "127.0.0.1"}

    @property
    def addresses(self):
        return ["127.0.0.1"]

    def answer(self, host, path, headers):  # noqa: ARG002 — the server's signature
        self.asked.append(path)
        answer = self.answers.get(path)
        return answer if answer is not None else Answer(status=404, headers=(), body=b"")

"""Which part of the web a shard owns: registrable domains by a hash of their name.

A domain's hosts, robots and budgets are all of one shard, so shards need to agree on nothing but addresses.
"""

from dataclasses import dataclass

import xxhash

from .address_board import AddressBoard


@dataclass(frozen=True, slots=True)
class Shard:
    """Number `index` of `count`. `addresses` is None when there is but one shard."""

    index: int = 0
    count: int = 1
    addresses: AddressBoard | None = None

    def owns(self, domain: str) -> bool:
        return self.count == 1 or shard_of(domain, self.count) == self.index

    def share_of(self, max_pages: int) -> int:
        """This shard's part of a limit on pages; the parts add up to the limit. 0, no limit, stays 0."""
        if not max_pages:
            return 0
        return max_pages // self.count + (self.index < max_pages % self.count)


ONE_SHARD = Shard()


def shard_of(domain: str, count: int) -> int:
    return int(xxhash.xxh3_64_intdigest(domain.encode("utf-8", "surrogatepass")) % count)

"""What the hourly pass costs: a level learned, shared, and fourteen days foreseen. Without a database."""

from datetime import timedelta
from time import process_time

from fill.habit import Learned
from fill.learn import observe
from fill.many import Member, outlooks
from fill.outlook import Level
from fill.prior import Pool, prior_of
from fill.season import ends_of_days
from fill.share import share


def cost_of_a_pass(known: list[Learned], containers: int) -> dict[str, object]:
    """Seconds of one processor for this many containers, made of those that are known."""
    prior = prior_of(Pool(), "", 4000)
    seen = [one for one in known if one.seen_at is not None]
    if not seen:
        return {}
    now = max(one.seen_at for one in seen if one.seen_at) + timedelta(days=1)
    began = process_time()
    members = {}
    for n in range(containers):
        one = seen[n % len(seen)]
        learned, _ = observe(one, prior, now, min(97.0, one.seen_level + 4.0), 1.0)
        members[n] = (f"commune-{n % 49}", learned)
    taught = process_time()
    share(Pool(), members)
    shared = process_time()
    ends = ends_of_days(now, 14)
    standing = [Member(learned, prior, Level(50.0, 1.0, now), {}) for _, learned in members.values()]
    assert sum(len(found.steps) for found in outlooks(standing, ends)) == containers * len(ends)
    return {
        "pass_containers": containers,
        "pass_learning_cpu_s": round(taught - began, 2),
        "pass_sharing_cpu_s": round(shared - taught, 2),
        "pass_foreseeing_cpu_s": round(process_time() - shared, 2),
    }

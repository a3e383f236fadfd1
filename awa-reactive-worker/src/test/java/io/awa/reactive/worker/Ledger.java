package io.awa.reactive.worker;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What became of the positions of a schema's segments, read from its tables with no help of the library. A job that went
 * on elsewhere, into the store or from there into a position of its own, has ended where it was.
 *
 * @param jobs      positions: a job that came back counts once for each
 * @param completed jobs that are completed exactly once
 * @param failed    jobs that are failed exactly once
 * @param retried   positions that ended as a retry
 * @param snoozed   positions that ended as a snooze
 * @param cancelled positions that were cancelled, running or available, or taken out of their lane
 * @param stored    positions that went into the store otherwise: held, or dead letters
 * @param twice     positions with more than one end
 * @param open      positions without an end
 * @param held      of those, the ones in the hands of a claim
 * @param claims    how often jobs were claimed, altogether
 * @param released  how often jobs were given back
 */
record Ledger(
        long jobs,
        long completed,
        long failed,
        long retried,
        long snoozed,
        long cancelled,
        long stored,
        long twice,
        long open,
        long held,
        long claims,
        long released) {

    // Which members of which claims ended how, spelled out from the ranges and bits.
    private static final String CHILD = """
            select j.pos, coalesce(f.c, 0) as c, coalesce(f.f, 0) as f, coalesce(f.t, 0) as t, coalesce(f.z, 0) as z,
                   coalesce(f.x, 0) + (m.pos is not null)::int as x, coalesce(f.s, 0) as s, coalesce(f.r, 0) as r,
                   coalesce(f.n, 0) as n
              from {awa}.jobs_# j
              left join {awa}.marks_# m on m.pos = j.pos
              left join (
                select m.pos, count(*) as n, count(*) filter (where e.outcome = 'c') as c,
                       count(*) filter (where e.outcome = 'f') as f, count(*) filter (where e.outcome = 't') as t,
                       count(*) filter (where e.outcome = 'z') as z, count(*) filter (where e.outcome = 'x') as x,
                       count(*) filter (where e.outcome in ('h', 'd')) as s, count(*) filter (where e.outcome = 'r') as r
                  from (select c.lane, c.no, y.pos,
                               (row_number() over (partition by c.lane, c.no order by y.pos) - 1)::int as o
                          from {awa}.claims_# c, unnest(c.members) s,
                               generate_series(lower(s), upper(s) - 1) y(pos)) m
                  left join lateral (
                    select case when length(x.outcomes) = 1 then x.outcomes
                                else substr(x.outcomes, bit_count(substring(x.members for m.o + 1))::int, 1)
                           end as outcome
                      from {awa}.closures_# x
                     where x.lane = m.lane and x.no = m.no and get_bit(x.members, m.o) = 1) e on true
                 group by m.pos) f on f.pos = j.pos""";

    static Ledger of(Rig rig) {
        String all = IntStream.range(0, rig.children())
                .mapToObj(child -> CHILD.replace("#", Integer.toString(child)))
                .collect(Collectors.joining(" union all "));
        String line = rig.sql("select concat_ws(' ', count(*), count(*) filter (where ends = 1 and c = 1),"
                        + " count(*) filter (where ends = 1 and f = 1), count(*) filter (where ends = 1 and t = 1),"
                        + " count(*) filter (where ends = 1 and z = 1), count(*) filter (where ends = 1 and x = 1),"
                        + " count(*) filter (where ends = 1 and s = 1), count(*) filter (where ends > 1),"
                        + " count(*) filter (where ends = 0), count(*) filter (where ends = 0 and n > r),"
                        + " coalesce(sum(n), 0), coalesce(sum(r), 0))"
                        + " from (select *, c + f + t + z + x + s as ends from (" + all + ") y) x")
                .get(0);
        long[] n = Stream.of(line.split(" ")).mapToLong(Long::parseLong).toArray();
        return new Ledger(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11]);
    }
}

package io.awa.reactive.worker;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What became of the jobs of a schema, read from its tables with no help of the library.
 *
 * @param jobs      stored
 * @param completed jobs that are completed exactly once
 * @param failed    jobs that are failed exactly once
 * @param twice     jobs with more than one end
 * @param open      jobs without an end
 * @param held      of those, the ones in the hands of a claim
 * @param claims    how often jobs were claimed, altogether
 * @param released  how often jobs were given back
 */
record Ledger(long jobs, long completed, long failed, long twice, long open, long held, long claims, long released) {

    // Which members of which claims ended how, spelled out from the ranges and bits.
    private static final String CHILD = """
            select j.pos, f.c, f.f, f.r, f.n
              from {awa}.jobs_# j
              left join (
                select m.pos, count(*) as n, count(*) filter (where e.outcome = 'c') as c,
                       count(*) filter (where e.outcome = 'f') as f, count(*) filter (where e.outcome = 'r') as r
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
        String line = rig.sql("select concat_ws(' ', count(*), count(*) filter (where c = 1 and f = 0),"
                        + " count(*) filter (where f = 1 and c = 0), count(*) filter (where c + f > 1),"
                        + " count(*) filter (where coalesce(c + f, 0) = 0),"
                        + " count(*) filter (where c + f = 0 and n > r), coalesce(sum(n), 0), coalesce(sum(r), 0))"
                        + " from (" + all + ") x")
                .get(0);
        String[] n = line.split(" ");
        return new Ledger(
                Long.parseLong(n[0]),
                Long.parseLong(n[1]),
                Long.parseLong(n[2]),
                Long.parseLong(n[3]),
                Long.parseLong(n[4]),
                Long.parseLong(n[5]),
                Long.parseLong(n[6]),
                Long.parseLong(n[7]));
    }
}

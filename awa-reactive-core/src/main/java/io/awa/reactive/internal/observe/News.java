package io.awa.reactive.internal.observe;

import io.awa.reactive.observe.JobUpdate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What of a job's life one observer has not been told yet. By names, not by times: what was seen is known, so what comes
 * late, or with a time of before, is told all the same. A state that is the one before once more (a copy of an entry, a
 * running attempt that goes over to the store) is not told.
 */
final class News {

    private final @Nullable Cursor cursor;
    private final boolean history;
    private @Nullable Set<String> seen;
    private Fact.@Nullable Told told;
    private @Nullable String last;

    /** @param cursor where it begins; null: with all where {@code history}, else with the last state */
    News(@Nullable Cursor cursor, boolean history) {
        this.cursor = cursor;
        this.history = history;
    }

    /** What is new; the job's state is known. */
    List<JobUpdate> of(Life life) {
        Fact end = Objects.requireNonNull(life.last());
        Set<String> known = seen;
        List<JobUpdate> news = known != null
                ? told(life, 0, fact -> !known.contains(fact.key()), false)
                : cursor != null
                        ? after(cursor, life)
                        : history ? told(life, 0, fact -> true, false) : List.of(end.first(life.report()));
        Set<String> all = new HashSet<>();
        life.facts().forEach(fact -> all.add(fact.key()));
        seen = all;
        told = end.told();
        last = end.key();
        return news;
    }

    private List<JobUpdate> after(Cursor from, Life life) {
        List<Fact> facts = life.facts();
        told = from.state() == null ? null : new Fact.Told(from.state(), from.attempt(), "", 0, null);
        last = from.key();
        for (int i = 0; i < facts.size(); i++) {
            if (facts.get(i).key().equals(from.key())) {
                last = facts.get(i).key();
                return told(life, i + 1, fact -> !isReported(from, fact), false);
            }
        }
        // A claim that was given back leaves no fact; what was given back to the disk leaves not even its place.
        boolean gap = facts.stream().noneMatch(fact -> fact.place().equals(from.place()));
        return told(life, 0, fact -> fact.at().isAfter(from.at()) && !isReported(from, fact), gap);
    }

    private static boolean isReported(Cursor from, Fact fact) {
        return fact.state() == null && fact.place().equals(from.place()) && fact.seq() <= from.seq();
    }

    private List<JobUpdate> told(Life life, int first, Predicate<Fact> isNew, boolean gap) {
        List<Fact> facts = life.facts();
        List<JobUpdate> news = new ArrayList<>();
        Fact end = Objects.requireNonNull(life.last());
        boolean missing = gap;
        boolean endIsNew = false;
        Fact.Told before = told;
        // A copy's first one may be gone with its store, while what came before that is still there.
        Fact.Told latest = told;
        for (int i = 0; i < facts.size(); i++) {
            Fact fact = facts.get(i);
            boolean fresh = i >= first && isNew.test(fact);
            if (fact.state() == null) {
                if (fresh) {
                    news.add(fact.update(false));
                }
                continue;
            }
            if (fresh && !fact.told().equals(before) && !fact.told().equals(latest)) {
                news.add(fact.update(missing));
                missing = false;
                latest = fact.told();
            }
            endIsNew |= fresh && fact == end;
            before = fact.told();
        }
        // It is where it was before what was told last: that was taken back.
        if (!endIsNew && !end.key().equals(last) && !isSame(end.told(), told)) {
            news.add(end.update(missing));
        }
        return news;
    }

    // A cursor knows no more than the state and the attempt.
    private static boolean isSame(Fact.Told one, Fact.@Nullable Told other) {
        return other != null && one.state() == other.state() && one.attempt() == other.attempt();
    }
}

package io.awa.reactive.internal.observe;

import io.awa.reactive.admin.JobState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one snapshot shows of a job's life. Which state is the last one its places tell (one is live, or the last ended for
 * good); how it came there, its times: a clock that went back may confuse what lies behind, never where the job is.
 */
final class Life {

    private final List<Fact> facts;
    private final @Nullable Fact last;
    private final @Nullable Fact report;
    private final @Nullable Place place;
    private final boolean deleted;

    private Life(List<Fact> facts, @Nullable Fact last, @Nullable Fact report, @Nullable Place place, boolean deleted) {
        this.facts = facts;
        this.last = last;
        this.report = report;
        this.place = place;
        this.deleted = deleted;
    }

    static Life of(List<LifeRow> rows) {
        List<Fact> facts = new ArrayList<>();
        rows.forEach(row -> add(row, facts));
        facts.sort(Comparator.comparing(Fact::at)
                .thenComparingInt(Fact::rank)
                .thenComparingLong(
                        fact -> fact.row().xid() == null ? 0 : fact.row().xid()));
        LifeRow stands = stands(rows);
        if (stands == null || stands.isEnded("g")) {
            return new Life(facts, null, null, null, stands != null);
        }
        String name = name(stands);
        // By rank, not by time: a place's facts come in that order.
        Fact end = facts.stream()
                .filter(fact -> fact.state() != null && fact.place().equals(name))
                .max(Comparator.comparingInt(Fact::rank))
                .orElseThrow();
        List<Fact> reports = facts.stream()
                .filter(fact -> fact.state() == null && fact.place().equals(name) && stands.isLive())
                .toList();
        facts.remove(end);
        facts.removeAll(reports);
        facts.add(end);
        facts.addAll(reports);
        Fact report = reports.isEmpty() ? null : reports.get(reports.size() - 1);
        return new Life(facts, end, report, place(stands, report == null ? 0 : report.seq()), false);
    }

    /** In their order; the last state is the one the job is in, and behind it are only reports. */
    List<Fact> facts() {
        return facts;
    }

    /** The state the job is in; null where it is deleted, or nothing says what has become of it. */
    @Nullable
    Fact last() {
        return last;
    }

    /** What the attempt that runs has reported last; null where it has not, or none runs. */
    @Nullable
    Fact report() {
        return report;
    }

    /** Where it is; null where it is not, or is there for good. */
    @Nullable
    Place place() {
        return place;
    }

    boolean isDeleted() {
        return deleted;
    }

    // As place() in 62_place.sql decides it.
    private static @Nullable LifeRow stands(List<LifeRow> rows) {
        Optional<LifeRow> live = rows.stream().filter(LifeRow::isLive).findFirst();
        if (live.isPresent()) {
            return live.get();
        }
        LifeRow entry = rows.stream()
                .filter(row -> row.entry() != null && !row.isReport())
                .max(Comparator.comparing(row -> Objects.requireNonNull(row.entry())))
                .orElse(null);
        LifeRow position = rows.stream()
                .filter(row -> row.pos() != null)
                .max(Comparator.<LifeRow, Boolean>comparing(row -> !row.isEnded("m", "p"))
                        .thenComparing(Life::over)
                        .thenComparing(row -> Objects.requireNonNull(row.pos())))
                .orElse(null);
        if (entry != null
                && entry.isEnded("c", "g")
                && (position == null || !over(position).isAfter(over(entry)))) {
            return entry;
        }
        return position != null && ("c".equals(position.outcome()) || position.isMarked("x", "g")) ? position : null;
    }

    private static Instant over(LifeRow row) {
        return row.endedAt() == null ? row.madeAt() : row.endedAt();
    }

    private static void add(LifeRow row, List<Fact> facts) {
        String name = name(row);
        if (row.isReport() && row.endedAt() != null) {
            facts.add(new Fact(name + "-" + row.seq(), name, row.endedAt(), 6, null, row));
        } else if (row.entry() != null) {
            facts.add(new Fact(name, name, row.madeAt(), 1, state(Objects.requireNonNull(row.state())), row));
        } else {
            facts.add(new Fact(name + "a", name, row.madeAt(), 2, JobState.AVAILABLE, row));
            if (row.claimedAt() != null) {
                facts.add(new Fact(name + "r" + row.no(), name, row.claimedAt(), 3, JobState.RUNNING, row));
            }
            // When it was marked is not kept.
            if (row.isMarked("x", "p")) {
                facts.add(new Fact(name + "x", name, row.madeAt(), 4, JobState.CANCELLED, row));
            }
        }
        if ("c".equals(row.outcome()) && row.endedAt() != null) {
            facts.add(new Fact(name + "c", name, row.endedAt(), 5, JobState.COMPLETED, row));
        }
    }

    private static String name(LifeRow row) {
        return row.entry() != null ? "e" + row.entry() : "p" + row.pos();
    }

    // Nothing follows what is completed.
    private static @Nullable Place place(LifeRow row, long seq) {
        if ("c".equals(row.outcome())) {
            return null;
        }
        Long entry = row.entry();
        if (entry != null) {
            return new Place("e", row.child(), entry, 0, 0, seq);
        }
        long pos = Objects.requireNonNull(row.pos());
        if (row.marked() != null) {
            return new Place("x", row.child(), pos, 0, 0, 0);
        }
        return row.no() == null || row.ordinal() == null
                ? new Place("a", row.child(), pos, 0, 0, 0)
                : new Place("r", row.child(), pos, row.no(), row.ordinal(), 0);
    }

    private static JobState state(String letter) {
        return switch (letter) {
            case "s" -> JobState.SCHEDULED;
            case "t" -> JobState.RETRYING;
            case "z" -> JobState.SNOOZED;
            case "h" -> JobState.RUNNING;
            case "w" -> JobState.WAITING;
            case "k" -> JobState.GATED;
            case "f" -> JobState.FAILED;
            case "d" -> JobState.DEAD;
            case "x" -> JobState.CANCELLED;
            default -> throw new IllegalArgumentException("a state " + letter);
        };
    }
}

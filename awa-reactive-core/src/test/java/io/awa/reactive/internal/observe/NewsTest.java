package io.awa.reactive.internal.observe;

import static io.awa.reactive.admin.JobState.AVAILABLE;
import static io.awa.reactive.admin.JobState.RETRYING;
import static io.awa.reactive.admin.JobState.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.observe.JobUpdate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NewsTest {

    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");
    private static final LifeRow ATTEMPT = position(1, 0, 1, "t");

    private final News news = new News(null, true);

    @Test
    void aCopyIsNoNewsWhileTheOneBeforeIsStored() {
        assertThat(states(ATTEMPT, entry(1, 60, null))).containsExactly(AVAILABLE, RUNNING, RETRYING);
        assertThat(states(ATTEMPT, entry(1, 60, "m"), entry(2, 60, null))).isEmpty();
    }

    /** Stores turn, and the attempt's segment is still there: what stands before the copy is the attempt. */
    @Test
    void aCopyIsNoNewsWhereTheOneBeforeIsGone() {
        assertThat(states(ATTEMPT, entry(1, 60, null))).containsExactly(AVAILABLE, RUNNING, RETRYING);
        assertThat(states(ATTEMPT, entry(5, 60, null))).isEmpty();
        assertThat(states(ATTEMPT, entry(9, 60, null))).isEmpty();
        assertThat(states(ATTEMPT, entry(9, 60, "p"), position(2, 60, null, null)))
                .containsExactly(AVAILABLE);
    }

    @Test
    void anotherTimeIsNews() {
        assertThat(states(ATTEMPT, entry(1, 60, null))).hasSize(3);
        assertThat(states(ATTEMPT, entry(5, 90, null))).containsExactly(RETRYING);
    }

    private List<JobState> states(LifeRow... rows) {
        return news.of(Life.of(List.of(rows))).stream()
                .map(update -> ((JobUpdate.Reached) update).state())
                .toList();
    }

    private static LifeRow position(long pos, int made, @Nullable Integer claimed, @Nullable String outcome) {
        Instant end = claimed == null ? null : at(claimed + 1);
        return row(null, pos, null, at(made), null, claimed == null ? null : at(claimed), end, outcome);
    }

    private static LifeRow entry(long entry, int due, @Nullable String outcome) {
        return row(entry, null, "t", at(2), at(due), null, outcome == null ? null : at(3), outcome);
    }

    private static Instant at(int second) {
        return START.plusSeconds(second);
    }

    private static LifeRow row(
            @Nullable Long entry,
            @Nullable Long pos,
            @Nullable String state,
            Instant made,
            @Nullable Instant due,
            @Nullable Instant claimed,
            @Nullable Instant ended,
            @Nullable String outcome) {
        Long no = claimed == null ? null : 1L;
        return new LifeRow(
                1, 0, entry, pos, state, made, due, claimed, ended, outcome, null, no, 0, "q", 2, 1, 7, null, null,
                null, null, pos);
    }
}

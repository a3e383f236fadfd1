package io.awa.reactive.cron;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the clocks skip fires at the end of the gap; what they show twice fires the first time. */
class CronZonesTest {

    /** Zone, expression, from, then the next times as the clocks show them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // ordinary days
                "Europe/Berlin       | 0 9 * * *      | 2026-01-10T00:00+01:00 | 2026-01-10T09:00+01:00 2026-01-11T09:00+01:00",
                "America/New_York    | 0 9 * * *      | 2026-07-10T00:00-04:00 | 2026-07-10T09:00-04:00 2026-07-11T09:00-04:00",
                "Asia/Kolkata        | 30 9 * * *     | 2026-07-10T00:00+05:30 | 2026-07-10T09:30+05:30",
                "+02:00              | 0 9 * * *      | 2026-03-28T10:00+02:00 | 2026-03-29T09:00+02:00 2026-03-30T09:00+02:00",
                // the gap of spring: 02:00 to 03:00 in Berlin and New York
                "Europe/Berlin       | 30 2 * * *     | 2026-03-28T00:00+01:00 | 2026-03-28T02:30+01:00 2026-03-29T03:00+02:00"
                        + " 2026-03-30T02:30+02:00",
                "Europe/Berlin       | 0 2 * * *      | 2026-03-28T12:00+01:00 | 2026-03-29T03:00+02:00 2026-03-30T02:00+02:00",
                "Europe/Berlin       | 0 3 * * *      | 2026-03-28T12:00+01:00 | 2026-03-29T03:00+02:00 2026-03-30T03:00+02:00",
                "Europe/Berlin       | 59 59 2 * * *  | 2026-03-28T12:00+01:00 | 2026-03-29T03:00+02:00 2026-03-30T02:59:59+02:00",
                "Europe/Berlin       | */20 * * * *   | 2026-03-29T01:30+01:00 | 2026-03-29T01:40+01:00 2026-03-29T03:00+02:00"
                        + " 2026-03-29T03:20+02:00",
                "Europe/Berlin       | 15,45 2,3 * * * | 2026-03-29T00:00+01:00 | 2026-03-29T03:00+02:00 2026-03-29T03:15+02:00"
                        + " 2026-03-29T03:45+02:00 2026-03-30T02:15+02:00",
                "Europe/Berlin       | 30 2 29 3 *    | 2026-01-01T00:00+01:00 | 2026-03-29T03:00+02:00 2027-03-29T02:30+02:00",
                "America/New_York    | 30 2 * * *     | 2026-03-07T03:00-05:00 | 2026-03-08T03:00-04:00 2026-03-09T02:30-04:00",
                "America/New_York    | 0 9 * * *      | 2026-03-07T10:00-05:00 | 2026-03-08T09:00-04:00",
                "Australia/Lord_Howe | 15 2 * * *     | 2026-10-03T03:00+10:30 | 2026-10-04T02:30+11:00 2026-10-05T02:15+11:00",
                "Australia/Lord_Howe | 30 2 * * *     | 2026-10-03T03:00+10:30 | 2026-10-04T02:30+11:00 2026-10-05T02:30+11:00",
                "Australia/Lord_Howe | */10 2 * * *   | 2026-10-04T01:00+10:30 | 2026-10-04T02:30+11:00 2026-10-04T02:40+11:00"
                        + " 2026-10-04T02:50+11:00 2026-10-05T02:00+11:00",
                // a day that was left out
                "Pacific/Apia        | 0 10 * * *     | 2011-12-29T00:00-10:00 | 2011-12-29T10:00-10:00 2011-12-31T00:00+14:00"
                        + " 2011-12-31T10:00+14:00",
                // midnight that was left out
                "America/Sao_Paulo   | 0 0 * * *      | 2018-11-03T12:00-03:00 | 2018-11-04T01:00-02:00 2018-11-05T00:00-02:00",
                // the overlap of autumn: 02:00 to 03:00 in Berlin, 01:00 to 02:00 in New York, 01:30 to 02:00 on Lord
                // Howe
                "Europe/Berlin       | 30 2 * * *     | 2026-10-24T12:00+02:00 | 2026-10-25T02:30+02:00 2026-10-26T02:30+01:00",
                "Europe/Berlin       | 30 2 * * *     | 2026-10-25T02:15+01:00 | 2026-10-26T02:30+01:00",
                "Europe/Berlin       | 0 3 * * *      | 2026-10-24T12:00+02:00 | 2026-10-25T03:00+01:00 2026-10-26T03:00+01:00",
                "Europe/Berlin       | 0 2 * * *      | 2026-10-24T12:00+02:00 | 2026-10-25T02:00+02:00 2026-10-26T02:00+01:00",
                "Europe/Berlin       | */20 * * * *   | 2026-10-25T02:10+02:00 | 2026-10-25T02:20+02:00 2026-10-25T02:40+02:00"
                        + " 2026-10-25T03:00+01:00",
                "Europe/Berlin       | */20 * * * *   | 2026-10-25T02:10+01:00 | 2026-10-25T03:00+01:00 2026-10-25T03:20+01:00",
                "Europe/Berlin       | * * * * * *    | 2026-10-25T02:59:58+02:00 | 2026-10-25T02:59:59+02:00 2026-10-25T03:00+01:00",
                "America/New_York    | 30 1 * * *     | 2026-10-31T12:00-04:00 | 2026-11-01T01:30-04:00 2026-11-02T01:30-05:00",
                "America/New_York    | 0 * * * *      | 2026-11-01T00:30-04:00 | 2026-11-01T01:00-04:00 2026-11-01T02:00-05:00",
                "Australia/Lord_Howe | 45 1 * * *     | 2026-04-04T12:00+11:00 | 2026-04-05T01:45+11:00 2026-04-06T01:45+10:30",
                "Australia/Lord_Howe | */10 1,2 * * * | 2026-04-05T01:35+11:00 | 2026-04-05T01:40+11:00 2026-04-05T01:50+11:00"
                        + " 2026-04-05T02:00+10:30",
            })
    void firesAt(String zone, String text, String from, String expected) {
        CronExpression expression = CronExpression.of(text).in(zone);
        List<Instant> times =
                Stream.of(expected.split(" ")).map(CronZonesTest::at).toList();

        assertThat(expression.between(at(from), at(from).plus(Duration.ofDays(800)), times.size()))
                .isEqualTo(times);
        for (int i = 0; i < times.size(); i++) {
            Instant time = times.get(i);
            assertThat(expression.latestBefore(time.plusNanos(1))).isEqualTo(time);
            assertThat(expression.next(time.minusNanos(1))).isEqualTo(time);
            assertThat(expression.latestBefore(time))
                    .isEqualTo(i == 0 ? expression.latestBefore(at(from).plusNanos(1)) : times.get(i - 1));
        }
    }

    /** Every five minutes: an hour's pause in autumn, and nothing but an hour fewer in spring. */
    @Test
    void intervalsFireEachLocalTimeOnce() {
        CronExpression five = CronExpression.of("*/5 * * * *").in("Europe/Berlin");
        List<Instant> autumn = day(five, "2026-10-25T00:00+02:00", Duration.ofHours(25));
        assertThat(autumn).hasSize(288).doesNotHaveDuplicates();
        assertThat(longestPause(autumn)).isEqualTo(Duration.ofMinutes(65));
        List<Instant> spring = day(five, "2026-03-29T00:00+01:00", Duration.ofHours(23));
        assertThat(spring).hasSize(276).doesNotHaveDuplicates();
        assertThat(longestPause(spring)).isEqualTo(Duration.ofMinutes(5));
    }

    /** While the hour is shown for the second time, the last one fired before it is the last there is. */
    @Test
    void looksBackOverTheSecondPass() {
        CronExpression twenty = CronExpression.of("*/20 * * * *").in("Europe/Berlin");
        assertThat(twenty.latestBefore(at("2026-10-25T02:00+01:00"))).isEqualTo(at("2026-10-25T02:40+02:00"));
        assertThat(twenty.latestBefore(at("2026-10-25T02:30+01:00"))).isEqualTo(at("2026-10-25T02:40+02:00"));
        assertThat(twenty.latestBefore(at("2026-10-25T02:59:59.9+01:00"))).isEqualTo(at("2026-10-25T02:40+02:00"));
        assertThat(twenty.latestBefore(at("2026-10-25T03:00+01:00"))).isEqualTo(at("2026-10-25T02:40+02:00"));
    }

    /** At the end of a gap its own times have fired, but not before it. */
    @Test
    void looksBackOverTheGap() {
        CronExpression half = CronExpression.of("30 2 * * *").in("Europe/Berlin");
        assertThat(half.latestBefore(at("2026-03-29T03:00+02:00"))).isEqualTo(at("2026-03-28T02:30+01:00"));
        assertThat(half.latestBefore(at("2026-03-29T03:00:01+02:00"))).isEqualTo(at("2026-03-29T03:00+02:00"));
    }

    private static List<Instant> day(CronExpression expression, String begin, Duration length) {
        Instant from = at(begin).minusNanos(1);
        return expression.between(from, at(begin).plus(length).minusNanos(1), 10_000);
    }

    private static Duration longestPause(List<Instant> times) {
        Duration longest = Duration.ZERO;
        for (int i = 1; i < times.size(); i++) {
            Duration pause = Duration.between(times.get(i - 1), times.get(i));
            longest = pause.compareTo(longest) > 0 ? pause : longest;
        }
        return longest;
    }

    private static Instant at(String time) {
        return OffsetDateTime.parse(time).toInstant();
    }
}

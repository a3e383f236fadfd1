package io.awa.reactive.cron;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.awa.reactive.AwaValidationException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fields, values and errors, in UTC; changes of clocks are {@link CronZonesTest}'s. */
class CronExpressionTest {

    /** From Thursday, 1 January 2026, 00:00:00. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "* * * * *            | 2026-01-01T00:01:00 2026-01-01T00:02:00",
                "* * * * * *          | 2026-01-01T00:00:01 2026-01-01T00:00:02",
                "*/5 * * * *          | 2026-01-01T00:05:00 2026-01-01T00:10:00",
                "*/20 * * * * *       | 2026-01-01T00:00:20 2026-01-01T00:00:40 2026-01-01T00:01:00",
                "*/7 * * * *          | 2026-01-01T00:07:00 2026-01-01T00:14:00",
                "59 59 23 * * *       | 2026-01-01T23:59:59 2026-01-02T23:59:59",
                "0 9 * * *            | 2026-01-01T09:00:00 2026-01-02T09:00:00",
                "30 0 9 * * *         | 2026-01-01T09:00:30 2026-01-02T09:00:30",
                "05 09 * * *          | 2026-01-01T09:05:00 2026-01-02T09:05:00",
                "0 9 * * MON-FRI      | 2026-01-01T09:00:00 2026-01-02T09:00:00 2026-01-05T09:00:00",
                "0 9 * * mon,Wed,fRI  | 2026-01-02T09:00:00 2026-01-05T09:00:00 2026-01-07T09:00:00",
                "0 9 * * 1-5          | 2026-01-01T09:00:00 2026-01-02T09:00:00 2026-01-05T09:00:00",
                "0 9 * * 0            | 2026-01-04T09:00:00 2026-01-11T09:00:00",
                "0 9 * * 7            | 2026-01-04T09:00:00 2026-01-11T09:00:00",
                "0 9 * * SUN          | 2026-01-04T09:00:00 2026-01-11T09:00:00",
                "0 9 * * SUN-TUE      | 2026-01-04T09:00:00 2026-01-05T09:00:00 2026-01-06T09:00:00 2026-01-11T09:00:00",
                "0 9 * * FRI-MON      | 2026-01-02T09:00:00 2026-01-03T09:00:00 2026-01-04T09:00:00 2026-01-05T09:00:00"
                        + " 2026-01-09T09:00:00",
                "0 9 * * FRI-SUN      | 2026-01-02T09:00:00 2026-01-03T09:00:00 2026-01-04T09:00:00 2026-01-09T09:00:00",
                "0 9 * * 5-7          | 2026-01-02T09:00:00 2026-01-03T09:00:00 2026-01-04T09:00:00 2026-01-09T09:00:00",
                "0 9 * * MON-SUN      | 2026-01-01T09:00:00 2026-01-02T09:00:00 2026-01-03T09:00:00 2026-01-04T09:00:00",
                "0 9 * * SAT-MON      | 2026-01-03T09:00:00 2026-01-04T09:00:00 2026-01-05T09:00:00 2026-01-10T09:00:00",
                "0 9 * * MON-FRI/2    | 2026-01-02T09:00:00 2026-01-05T09:00:00 2026-01-07T09:00:00",
                "0 9 * * MON/3        | 2026-01-01T09:00:00 2026-01-04T09:00:00 2026-01-05T09:00:00",
                "0 9 * * */3          | 2026-01-03T09:00:00 2026-01-04T09:00:00 2026-01-07T09:00:00",
                "10-20/3 * * * *      | 2026-01-01T00:10:00 2026-01-01T00:13:00 2026-01-01T00:16:00 2026-01-01T00:19:00"
                        + " 2026-01-01T01:10:00",
                "5/15 * * * *         | 2026-01-01T00:05:00 2026-01-01T00:20:00 2026-01-01T00:35:00 2026-01-01T00:50:00"
                        + " 2026-01-01T01:05:00",
                "0,30/10 * * * *      | 2026-01-01T00:30:00 2026-01-01T00:40:00 2026-01-01T00:50:00 2026-01-01T01:00:00",
                "2,1,2 * * * *        | 2026-01-01T00:01:00 2026-01-01T00:02:00 2026-01-01T01:01:00",
                "0 8-10,20 * * *      | 2026-01-01T08:00:00 2026-01-01T09:00:00 2026-01-01T10:00:00 2026-01-01T20:00:00",
                "0 0 1 * *            | 2026-02-01T00:00:00 2026-03-01T00:00:00",
                "0 0 31 * *           | 2026-01-31T00:00:00 2026-03-31T00:00:00 2026-05-31T00:00:00",
                "0 0 29 2 *           | 2028-02-29T00:00:00 2032-02-29T00:00:00",
                "0 0 28 2 *           | 2026-02-28T00:00:00 2027-02-28T00:00:00",
                "0 0 1 JAN,jul *      | 2026-07-01T00:00:00 2027-01-01T00:00:00",
                "0 0 1 3-5 *          | 2026-03-01T00:00:00 2026-04-01T00:00:00 2026-05-01T00:00:00 2027-03-01T00:00:00",
                "0 0 1 JAN-DEC/5 *    | 2026-06-01T00:00:00 2026-11-01T00:00:00 2027-01-01T00:00:00",
                "0 0 1/10 2 *         | 2026-02-01T00:00:00 2026-02-11T00:00:00 2026-02-21T00:00:00",
                "0 0 13 * FRI         | 2026-01-02T00:00:00 2026-01-09T00:00:00 2026-01-13T00:00:00",
                "0 0 13 * *           | 2026-01-13T00:00:00 2026-02-13T00:00:00",
                "0 0 * * FRI          | 2026-01-02T00:00:00 2026-01-09T00:00:00",
                "0 0 31 2 MON         | 2026-02-02T00:00:00 2026-02-09T00:00:00",
                "0  0   1 1 *         | 2027-01-01T00:00:00 2028-01-01T00:00:00",
            })
    void firesAt(String text, String expected) {
        List<Instant> times =
                Stream.of(expected.split(" ")).map(t -> Instant.parse(t + "Z")).toList();
        Instant from = Instant.parse("2026-01-01T00:00:00Z");
        CronExpression expression = CronExpression.of(text);

        assertThat(expression.between(from, Instant.parse("2099-01-01T00:00:00Z"), times.size()))
                .isEqualTo(times);
        for (int i = 0; i < times.size(); i++) {
            assertThat(expression.next(i == 0 ? from : times.get(i - 1))).isEqualTo(times.get(i));
            assertThat(expression.latestBefore(times.get(i).plusNanos(1))).isEqualTo(times.get(i));
            if (i > 0) {
                assertThat(expression.latestBefore(times.get(i))).isEqualTo(times.get(i - 1));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "foo                | 5 fields (minute to day of week) or 6 (second first), not 1",
                "* * * *            | 5 fields (minute to day of week) or 6 (second first), not 4",
                "* * * * * * *      | 5 fields (minute to day of week) or 6 (second first), not 7",
                "@daily             | 5 fields (minute to day of week) or 6 (second first), not 1",
                "60 * * * *         | minute \"60\": 0 to 59",
                "60 * * * * *       | second \"60\": 0 to 59",
                "* 24 * * *         | hour \"24\": 0 to 23",
                "* * 0 * *          | day of month \"0\": 1 to 31",
                "* * 32 * *         | day of month \"32\": 1 to 31",
                "* * * 13 *         | month \"13\": 1 to 12 or a name, like FEB",
                "* * * FOO *        | month \"FOO\": 1 to 12 or a name, like FEB",
                "* * * * 8          | day of week \"8\": 0 to 7 or a name, like MON",
                "* * * * JAN        | day of week \"JAN\": 0 to 7 or a name, like MON",
                "MON * * * *        | minute \"MON\": 0 to 59",
                "50-10 * * * *      | minute \"50-10\": a range that ascends",
                "* * * NOV-FEB *    | month \"NOV-FEB\": a range that ascends",
                "* * * * FRI-MON/2  | day of week \"FRI-MON/2\": a step that starts at 0 to 6 in a range that ascends",
                "* * * * 7/2        | day of week \"7/2\": a step that starts at 0 to 6 in a range that ascends",
                "*/0 * * * *        | minute \"*/0\": a step of 1 to 59",
                "*/90 * * * *       | minute \"*/90\": a step of 1 to 59",
                "* */24 * * *       | hour \"*/24\": a step of 1 to 23",
                "-1 * * * *         | minute \"-1\": *, values, ranges and steps, like 5 or 1-4 or */10, in a list",
                "+5 * * * *         | minute \"+5\": *, values, ranges and steps, like 5 or 1-4 or */10, in a list",
                "1- * * * *         | minute \"1-\": *, values, ranges and steps, like 5 or 1-4 or */10, in a list",
                ", * * * *          | minute \",\": *, values, ranges and steps, like 5 or 1-4 or */10, in a list",
                "1,,2 * * * *       | minute \"1,,2\": *, values, ranges and steps, like 5 or 1-4 or */10, in a list",
                "*-5 * * * *        | minute \"*-5\": *, values, ranges and steps, like 5 or 1-4 or */10, in a list",
                "1.5 * * * *        | minute \"1.5\": *, values, ranges and steps, like 5 or 1-4 or */10, in a list",
                "99999999999 * * * * | minute \"99999999999\": *, values, ranges and steps, like 5 or 1-4 or */10, in a list",
                "* * L * *          | day of month \"L\": *, values, ranges and steps, like 5 or 1-4 or */10, in a list",
                "* * ? * *          | day of month \"?\": *, values, ranges and steps, like 5 or 1-4 or */10, in a list",
                "* * * * FRI#2      | day of week \"FRI#2\": *, values, ranges and steps, like 5 or 1-4 or */10, in a list",
                "0 0 30 2 *         | a day that exists: no month named has a day of that number",
                "0 0 31 4,6,9,11 *  | a day that exists: no month named has a day of that number",
                "0 0 0 30-31 FEB *  | a day that exists: no month named has a day of that number",
            })
    void refuses(String text, String limit) {
        assertThatExceptionOfType(AwaValidationException.class)
                .isThrownBy(() -> CronExpression.of(text))
                .satisfies(error -> {
                    assertThat(error.field()).isEqualTo("cron");
                    assertThat(error.value()).isEqualTo(text);
                    assertThat(error.limit()).isEqualTo(limit);
                });
    }

    @Test
    void refusesWhatIsNoTextOrTooLong() {
        assertThatExceptionOfType(AwaValidationException.class)
                .isThrownBy(() -> CronExpression.of(" "))
                .withMessageContaining("not blank");
        assertThatExceptionOfType(AwaValidationException.class)
                .isThrownBy(() -> CronExpression.of("1,".repeat(500) + "1 * * * *"))
                .withMessageContaining("at most 1000 characters");
        assertThatExceptionOfType(AwaValidationException.class)
                .isThrownBy(() -> CronExpression.of("* * * * *").in("Europe/Nowhere"))
                .withMessageContaining("zone: refused \"Europe/Nowhere\"");
    }

    @Test
    void fractionsOfSecondsAreBetweenTheTimes() {
        CronExpression each = CronExpression.of("* * * * * *");
        Instant half = Instant.parse("2026-01-01T00:00:00.500Z");
        assertThat(each.next(half)).isEqualTo("2026-01-01T00:00:01Z");
        assertThat(each.latestBefore(half)).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(each.latestBefore(Instant.parse("2026-01-01T00:00:00Z"))).isEqualTo("2025-12-31T23:59:59Z");
    }

    @Test
    void zonedTimesComeBackInTheExpressionsZone() {
        CronExpression nine = CronExpression.of("0 9 * * *").in("Europe/Berlin");
        ZonedDateTime asked = ZonedDateTime.of(LocalDateTime.of(2026, 1, 1, 8, 30), ZoneOffset.UTC);
        ZoneId berlin = ZoneId.of("Europe/Berlin");
        assertThat(nine.next(asked)).isEqualTo(ZonedDateTime.of(LocalDateTime.of(2026, 1, 2, 9, 0), berlin));
        assertThat(nine.latestBefore(asked)).isEqualTo(ZonedDateTime.of(LocalDateTime.of(2026, 1, 1, 9, 0), berlin));
    }

    @Test
    void aSpanIsOpenBelowAndClosedAbove() {
        CronExpression each = CronExpression.of("* * * * *");
        Instant from = Instant.parse("2026-01-01T00:00:00Z");
        assertThat(each.between(from, from.plusSeconds(120), 9))
                .containsExactly(from.plusSeconds(60), from.plusSeconds(120));
        assertThat(each.between(from, from.plusSeconds(600), 3))
                .containsExactly(from.plusSeconds(60), from.plusSeconds(120), from.plusSeconds(180));
        assertThat(each.between(from, from.plusSeconds(59), 3)).isEmpty();
        assertThat(each.between(from, from, 3)).isEmpty();
        assertThat(each.between(from, from.plusSeconds(600), 0)).isEmpty();
        assertThatExceptionOfType(AwaValidationException.class).isThrownBy(() -> each.between(from, from, -1));
    }

    @Test
    void timesNoCalendarNeedsAreRefused() {
        CronExpression each = CronExpression.of("* * * * *");
        assertThatExceptionOfType(AwaValidationException.class).isThrownBy(() -> each.next(Instant.MAX));
        assertThatExceptionOfType(AwaValidationException.class).isThrownBy(() -> each.next(Instant.MIN));
        assertThatExceptionOfType(AwaValidationException.class).isThrownBy(() -> each.latestBefore(Instant.MAX));
        assertThatExceptionOfType(AwaValidationException.class)
                .isThrownBy(() -> each.between(Instant.EPOCH, Instant.MAX, 1));
    }

    /** Where a leap year is left out the wait is eight years. */
    @Test
    void leapDaysAcrossACenturyThatIsNone() {
        CronExpression leap = CronExpression.of("0 0 29 2 *");
        assertThat(leap.next(Instant.parse("2096-03-01T00:00:00Z"))).isEqualTo("2104-02-29T00:00:00Z");
        assertThat(leap.latestBefore(Instant.parse("2104-02-01T00:00:00Z"))).isEqualTo("2096-02-29T00:00:00Z");
    }

    @Test
    void impossibleOnesAreRefusedSoon() {
        long begun = System.nanoTime();
        for (int i = 0; i < 3; i++) {
            assertThatExceptionOfType(AwaValidationException.class)
                    .isThrownBy(() -> CronExpression.of("59 59 23 31 2,4,6,9,11 *"));
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void equalByTextAndZone() {
        assertThat(CronExpression.of(" 0 9 * * * ").in("Europe/Berlin"))
                .isEqualTo(CronExpression.of("0 9 * * *").in(ZoneId.of("Europe/Berlin")))
                .hasSameHashCodeAs(CronExpression.of("0 9 * * *").in("Europe/Berlin"))
                .isNotEqualTo(CronExpression.of("0 9 * * *"))
                .hasToString("0 9 * * * (Europe/Berlin)");
    }
}

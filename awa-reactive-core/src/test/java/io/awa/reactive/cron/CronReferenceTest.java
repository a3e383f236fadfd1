package io.awa.reactive.cron;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Against tables of what matches, for random expressions: one more opinion than that of the library that evaluates. */
class CronReferenceTest {

    private static final List<String> ZONES =
            List.of("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata");
    private static final LocalDate FIRST = LocalDate.of(2026, 1, 1);
    private static final int DAYS = 365;

    private final Random random = new Random(20_260_101);

    @Test
    void firesWhenTheTablesMatch() {
        for (int i = 0; i < 150; i++) {
            BitSet[] table = new BitSet[5];
            String[] fields = {
                field(table, 0, 0, 59),
                field(table, 1, 0, 23),
                field(table, 2, 1, 31),
                field(table, 3, 1, 12),
                week(table)
            };
            String text = String.join(" ", fields);
            ZoneId zone = ZoneId.of(ZONES.get(i % ZONES.size()));
            TreeSet<Instant> expected = expected(table, fields, zone);
            if (expected.isEmpty()) {
                continue;
            }
            CronExpression expression = CronExpression.of(text).in(zone);
            Instant from = expected.first();
            List<Instant> span = expected.stream().skip(1).limit(200).toList();
            assertThat(expression.between(from, expected.last(), span.size()))
                    .as("%s", expression)
                    .isEqualTo(span);
            for (int k = 0; k < 20; k++) {
                Instant asked =
                        from.plusSeconds(random.nextLong(1 + expected.last().getEpochSecond() - from.getEpochSecond()));
                Instant before = expected.lower(asked);
                Instant next = expected.higher(asked);
                if (before != null) {
                    assertThat(expression.latestBefore(asked))
                            .as("%s before %s", expression, asked)
                            .isEqualTo(before);
                }
                if (next != null) {
                    assertThat(expression.next(asked))
                            .as("%s after %s", expression, asked)
                            .isEqualTo(next);
                }
            }
        }
    }

    private TreeSet<Instant> expected(BitSet[] table, String[] fields, ZoneId zone) {
        TreeSet<Instant> times = new TreeSet<>();
        for (LocalDate day = FIRST; day.isBefore(FIRST.plusDays(DAYS)); day = day.plusDays(1)) {
            boolean date = table[2].get(day.getDayOfMonth());
            boolean week = table[4].get(day.getDayOfWeek().getValue() % 7);
            boolean matches = fields[2].equals("*") ? week : fields[4].equals("*") ? date : date || week;
            if (!matches || !table[3].get(day.getMonthValue())) {
                continue;
            }
            for (int hour = table[1].nextSetBit(0); hour >= 0; hour = table[1].nextSetBit(hour + 1)) {
                for (int minute = table[0].nextSetBit(0); minute >= 0; minute = table[0].nextSetBit(minute + 1)) {
                    times.add(at(day.atTime(hour, minute), zone));
                }
            }
        }
        return times;
    }

    private static Instant at(LocalDateTime local, ZoneId zone) {
        ZoneOffsetTransition change = zone.getRules().getTransition(local);
        if (change != null && change.isGap()) {
            return change.getInstant();
        }
        List<ZoneOffset> offsets = zone.getRules().getValidOffsets(local);
        return local.toInstant(offsets.get(0));
    }

    private String week(BitSet[] table) {
        String text = field(table, 4, 0, 7);
        if (table[4].get(7)) {
            table[4].set(0);
        }
        return text;
    }

    private String field(BitSet[] table, int index, int min, int max) {
        BitSet bits = new BitSet();
        table[index] = bits;
        if (random.nextInt(3) == 0) {
            bits.set(min, max + 1);
            return "*";
        }
        int items = 1 + random.nextInt(3);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < items; i++) {
            text.append(i == 0 ? "" : ",").append(item(bits, min, max));
        }
        return text.toString();
    }

    private String item(BitSet bits, int min, int max) {
        // From the greatest value no step leads anywhere.
        int from = min + random.nextInt(max - min);
        int to = from + random.nextInt(max - from + 1);
        // A step of 1 from the least value is another way to write "*", which is no restriction.
        int step = 2 + random.nextInt(max / 2);
        switch (random.nextInt(4)) {
            case 0 -> {
                bits.set(from);
                return Integer.toString(from);
            }
            case 1 -> {
                bits.set(from, to + 1);
                return from + "-" + to;
            }
            case 2 -> {
                every(bits, from, to, step);
                return from + "-" + to + "/" + step;
            }
            default -> {
                every(bits, from, max, step);
                return from + "/" + step;
            }
        }
    }

    private static void every(BitSet bits, int from, int to, int step) {
        for (int value = from; value <= to; value += step) {
            bits.set(value);
        }
    }
}

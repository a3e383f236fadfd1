package io.awa.reactive.cron;

import io.awa.reactive.AwaValidationException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an expression may look like. The library that evaluates it takes more than that, some of it in ways nobody means:
 * {@code 50-10} as 50, {@code +5} as 5, and steps from 7 in a week as steps from 0.
 */
final class CronGrammar {

    private static final List<Field> FIELDS = List.of(
            new Field("second", 0, 59, List.of()),
            new Field("minute", 0, 59, List.of()),
            new Field("hour", 0, 23, List.of()),
            new Field("day of month", 1, 31, List.of()),
            new Field(
                    "month",
                    1,
                    12,
                    List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")),
            new Field("day of week", 0, 7, List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")));

    private static final Pattern ITEM =
            Pattern.compile("(?:(\\*)|([0-9]{1,2}|[A-Z]{3})(?:-([0-9]{1,2}|[A-Z]{3}))?)(?:/([0-9]{1,2}))?");

    private CronGrammar() {}

    /**
     * The expression in capitals with six fields.
     *
     * @throws AwaValidationException if it is none
     */
    static String sixFields(String text) {
        String[] given = text.toUpperCase(Locale.ROOT).split(" +");
        if (given.length != 5 && given.length != 6) {
            throw new AwaValidationException(
                    "cron", text, "5 fields (minute to day of week) or 6 (second first), not " + given.length);
        }
        int first = FIELDS.size() - given.length;
        for (int i = 0; i < given.length; i++) {
            FIELDS.get(first + i).check(text, given[i]);
        }
        return (first == 1 ? "0 " : "") + String.join(" ", given);
    }

    /**
     * A field.
     *
     * @param name  for errors
     * @param min   the least value
     * @param max   the greatest
     * @param names of the values from {@code min} on
     */
    private record Field(String name, int min, int max, List<String> names) {

        void check(String text, String field) {
            for (String item : field.split(",", -1)) {
                check(text, field, item);
            }
        }

        private void check(String text, String field, String item) {
            Matcher parts = ITEM.matcher(item);
            if (!parts.matches()) {
                throw refused(text, field, "*, values, ranges and steps, like 5 or 1-4 or */10, in a list");
            }
            String step = parts.group(4);
            if (step != null && (Integer.parseInt(step) < 1 || Integer.parseInt(step) > max)) {
                throw refused(text, field, "a step of 1 to " + max);
            }
            if (parts.group(1) != null) {
                return;
            }
            int from = value(text, field, parts.group(2));
            int to = parts.group(3) == null ? from : value(text, field, parts.group(3));
            if (from > to && !isWeek()) {
                throw refused(text, field, "a range that ascends");
            }
            if (step != null && isWeek() && (from == max || from > to)) {
                throw refused(text, field, "a step that starts at 0 to 6 in a range that ascends");
            }
        }

        private int value(String text, String field, String written) {
            int value = Character.isDigit(written.charAt(0))
                    ? Integer.parseInt(written)
                    : names.contains(written) ? min + names.indexOf(written) : -1;
            if (value < min || value > max) {
                throw refused(
                        text, field, min + " to " + max + (names.isEmpty() ? "" : " or a name, like " + names.get(1)));
            }
            return value;
        }

        private boolean isWeek() {
            return max == 7;
        }

        private AwaValidationException refused(String text, String field, String limit) {
            return new AwaValidationException("cron", text, name + " \"" + field + "\": " + limit);
        }
    }
}

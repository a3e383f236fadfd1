package io.awa.reactive.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.SeededTest;
import io.awa.reactive.testkit.Seeds;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;

/** The server is the judge of what {@code jsonb} holds. */
class JsonScanAgainstServerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final JsonBounds WIDE = new JsonBounds(1 << 20, 100, 200_000, 50_000, 1 << 20);
    private static final int CASES = 2000;

    /** The server holds a zero with any exponent; here it is refused like other numbers with so many digits. */
    private static final Pattern ZERO = Pattern.compile("(?<![0-9.])0(\\.0*)?[eE]\\+?[0-9]{6,}");

    private static final String[] PIECES = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"k\":",
        "1",
        "0",
        "-",
        ".5",
        "e9",
        "E-3",
        "true",
        "false",
        "null",
        " ",
        "\n",
        "\\",
        "\\u0000",
        "\\u0041",
        "\\ud83d",
        "\\ude00",
        "\\ud83d\\ude00",
        "ä",
        "\uD83D\uDE00",
        "NaN",
        "1e5",
        "{\"a\":1}",
        "[1,2]",
        "\t",
        "/",
        "'",
        "e131071",
        "e-16383"
    };

    @ParameterizedTest
    @CsvSource({
        "1e131071, true", "1e131072, false", "9.9e131071, true", "10e131071, false", "-1e131071, true",
        "1e-16383, true", "1e-16384, false", "1.5e-16382, true", "1.5e-16383, false", "1e999999999999, false",
        "1e-999999999999, false", "0.0, true", "-0, true"
    })
    void agreesOnTheRangeOfNumbers(String number, boolean held) {
        assertThat(accepts(number)).isEqualTo(held);
        assertThat(serverAccepts(List.of(number))).containsExactly(held);
    }

    @SeededTest(3)
    void whatPassesIsHeldByTheServer(long seed) {
        SplittableRandom random = Seeds.random(seed);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < CASES; i++) {
            texts.add(random.nextInt(3) == 0 ? soup(random) : damaged(random, value(random, 0)));
        }
        List<Boolean> held = serverAccepts(texts);

        int passed = 0;
        for (int i = 0; i < CASES; i++) {
            if (accepts(texts.get(i))) {
                passed++;
                assertThat(held.get(i)).as(texts.get(i)).isTrue();
            } else if (!ZERO.matcher(texts.get(i)).find()) {
                assertThat(held.get(i)).as(texts.get(i)).isFalse();
            }
        }
        assertThat(passed).isBetween(CASES / 20, CASES * 19 / 20);
    }

    /** Limits of what is kept of a job count what the server prints, and its rows are refused above theirs. */
    @SeededTest(3)
    void noMoreIsPrintedThanWasCounted(long seed) {
        RandomJson json = new RandomJson(Seeds.random(seed));
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < CASES; i++) {
            texts.add(json.text(json.value(4), RandomJson.Style.values()[i % 3]));
        }
        List<Integer> printed = serverPrints(texts);
        int exact = 0;
        for (int i = 0; i < CASES; i++) {
            int counted = JsonScan.check("metadata", texts.get(i).getBytes(StandardCharsets.UTF_8), WIDE);
            assertThat(printed.get(i)).as(texts.get(i)).isLessThanOrEqualTo(counted);
            exact += printed.get(i) == counted ? 1 : 0;
        }
        assertThat(exact).isGreaterThan(CASES / 3);
    }

    private static String soup(SplittableRandom random) {
        StringBuilder out = new StringBuilder();
        for (int i = random.nextInt(1, 6); i > 0; i--) {
            out.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return out.toString();
    }

    private static String value(SplittableRandom random, int depth) {
        switch (random.nextInt(depth > 4 ? 4 : 6)) {
            case 0:
                return "\"" + PIECES[random.nextInt(20, 28)].replace("\\\\u", "\\u") + "x\"";
            case 1:
                return String.valueOf(random.nextDouble(-1e9, 1e9) * Math.pow(10, random.nextInt(-30, 30)));
            case 2:
                return String.valueOf(random.nextInt());
            case 3:
                return random.nextBoolean() ? "true" : "null";
            case 4:
                return "[" + value(random, depth + 1) + " , " + value(random, depth + 1) + "]";
            default:
                return "{\"a\":" + value(random, depth + 1) + ",\"b\\n\" : " + value(random, depth + 1) + "}";
        }
    }

    private static String damaged(SplittableRandom random, String text) {
        if (random.nextInt(3) == 0) {
            return text;
        }
        int at = text.offsetByCodePoints(0, random.nextInt(text.codePointCount(0, text.length())));
        String rest = text.substring(random.nextBoolean() ? at : text.offsetByCodePoints(at, 1));
        return text.substring(0, at) + (random.nextBoolean() ? PIECES[random.nextInt(PIECES.length)] : "") + rest;
    }

    private static boolean accepts(String text) {
        try {
            JsonScan.check("args", text.getBytes(StandardCharsets.UTF_8), WIDE);
            return true;
        } catch (AwaValidationException e) {
            return false;
        }
    }

    private static List<Boolean> serverAccepts(List<String> texts) {
        return ofServer("pg_input_is_valid(t, 'jsonb')", Boolean.class, texts);
    }

    private static List<Integer> serverPrints(List<String> texts) {
        return ofServer("octet_length(t::jsonb::text)", Integer.class, texts);
    }

    private static <T> List<T> ofServer(String what, Class<T> type, List<String> texts) {
        return Flux.usingWhen(
                        AwaPostgres.shared().connections().create(),
                        connection -> connection
                                .createStatement("select " + what + " from unnest($1::text[])"
                                        + " with ordinality as u (t, n) order by n")
                                .bind("$1", texts.toArray(String[]::new))
                                .execute()
                                .concatMap(result -> result.map((row, meta) -> row.get(0, type))),
                        PostgresqlConnection::close)
                .collectList()
                .block(PATIENCE);
    }
}

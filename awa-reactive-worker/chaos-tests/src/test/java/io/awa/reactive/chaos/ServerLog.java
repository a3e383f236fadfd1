package io.awa.reactive.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a server wrote down, by severity and SQLSTATE. Errors caused by contention are what no queue may cause; others than
 * the injected ones are unexpected; FATAL lines come of sessions and servers that were ended on purpose. Two come of a
 * machine that stands still, and of nobody's locks: the time of who looks who is in the way is short by design, and
 * autovacuum gives way to whoever it keeps waiting for a second.
 *
 * @param contention lines of errors by which one transaction was in another's way
 * @param unexpected lines of errors that nobody injected
 * @param counts     all lines of ERROR, FATAL and PANIC, by severity and SQLSTATE
 */
record ServerLog(List<String> contention, List<String> unexpected, Map<String, Integer> counts) {

    /** What {@link #of} reads: time, process, SQLSTATE, application. */
    static final String PREFIX = "%m [%p] %e %a ";

    /** lock_not_available, deadlock, serialization_failure, unique_violation, query_canceled. */
    private static final Set<String> CONTENTION = Set.of("55P03", "40P01", "40001", "23505", "57014");

    private static final Pattern LINE =
            Pattern.compile("^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d+ \\S+ \\[\\d+] (\\S{5}) .*?"
                    + "(LOG|WARNING|NOTICE|ERROR|FATAL|PANIC|DETAIL|HINT|CONTEXT|QUERY|STATEMENT):  (.*)$");
    private static final Pattern OF_A_SLOW_MACHINE =
            Pattern.compile(".* 57014 (\\S+ observe ERROR:  canceling statement"
                    + " due to statement timeout|.*ERROR:  canceling autovacuum task)");
    private static final Set<String> ERRORS = Set.of("ERROR", "FATAL", "PANIC");

    static ServerLog of(Path log) {
        List<String> contention = new ArrayList<>();
        List<String> unexpected = new ArrayList<>();
        Map<String, Integer> counts = new TreeMap<>();
        try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
            lines.forEach(line -> {
                Matcher match = LINE.matcher(line);
                if (!match.matches() || !ERRORS.contains(match.group(2))) {
                    return;
                }
                String state = match.group(1);
                boolean injected = state.equals(Dial.INJECTED) && match.group(3).equals(Dial.MESSAGE);
                counts.merge(match.group(2) + " " + state + (injected ? " injected" : ""), 1, Integer::sum);
                if (match.group(2).equals("FATAL")
                        || injected
                        || OF_A_SLOW_MACHINE.matcher(line).matches()) {
                    return;
                }
                (CONTENTION.contains(state) ? contention : unexpected).add(line);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new ServerLog(contention, unexpected, counts);
    }

    boolean isClean() {
        return contention.isEmpty() && unexpected.isEmpty();
    }
}

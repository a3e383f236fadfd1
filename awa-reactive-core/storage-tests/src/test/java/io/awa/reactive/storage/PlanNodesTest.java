package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The plans inside the functions, as auto_explain writes them to the server's log: index walks, and nothing else. */
class PlanNodesTest extends StorageTest {

    private static final int DEEP = 100_000;
    private static final Pattern SCAN =
            Pattern.compile("(\\w[\\w ]*Scan[\\w ]*?)(?: using \\w+)? on (?:jobs|marks|claims|closures)_\\d+");

    @BeforeEach
    void watch() {
        assumeTrue(postgres().isEmbedded(), "the server's log must be ours to read");
    }

    @Test
    void plannedOnAnEmptyChildAndRunOnADeepOne() {
        explain();
        a.enqueue(1);
        a.complete(a.claim(1));
        Load.backlog(c, DEEP);
        indexesOnly(this::work);
    }

    @Test
    void plannedOnADeepChild() {
        Load.backlog(c, DEEP);
        c.run("analyze jobs_0");
        explain();
        indexesOnly(this::work);
    }

    /** The planner's other form of the look at the marks reads all of them. */
    @Test
    void plannedWithManyMarks() {
        Load.backlog(c, DEEP);
        c.run("insert into marks_0 (pos, why) select pos, 'x' from jobs_0 order by pos desc limit 30000");
        c.run("analyze jobs_0; analyze marks_0");
        explain();
        indexesOnly(this::work);
    }

    private void work() {
        Taken taken = a.claim(512);
        assertThat(taken.size()).isEqualTo(512);
        a.complete(taken);
        a.release(a.claim(20), 3, 4, 5);
    }

    private void indexesOnly(Runnable work) {
        String plans = logOf(work);
        List<String> scans = SCAN.matcher(plans)
                .results()
                .map(MatchResult::group)
                .map(scan -> scan.replaceAll(" on .*| using \\w+", ""))
                .distinct()
                .toList();
        assertThat(scans)
                .isNotEmpty()
                .isSubsetOf("Index Scan", "Index Only Scan", "Index Scan Backward", "Index Only Scan Backward");
        assertThat(plans).contains("jobs_0_pos").doesNotContain("hashed SubPlan", "Hash ", "Merge ");
    }

    private String logOf(Runnable work) {
        long from = length();
        work.run();
        a.run("do $$ begin raise log 'that was all'; end $$");
        String log = read().substring((int) from);
        assertThat(log).contains("that was all");
        return log;
    }

    private void explain() {
        a.run("load 'auto_explain'; set auto_explain.log_min_duration = 0;"
                + " set auto_explain.log_nested_statements = on; set auto_explain.log_analyze = off");
    }

    private long length() {
        return read().length();
    }

    private String read() {
        try {
            return Files.readString(postgres().log());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

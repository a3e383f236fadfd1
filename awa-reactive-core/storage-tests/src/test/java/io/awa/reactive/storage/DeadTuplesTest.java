package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.model.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Each step inserts, updates, deletes and truncates what {@code docs/model/WriteTable.tla} says, and nothing else: the
 * server's own counts of the transaction. TLC proves about that table that dead rows do not grow with the job rate.
 */
@Tag("model")
class DeadTuplesTest extends StorageTest {

    private static final String COUNTS = "select regexp_replace(s.relname, '_[0-9]+$', '_k') as name,"
            + " sum(s.n_tup_ins) as ins, sum(s.n_tup_upd) as upd, sum(s.n_tup_del) as del,"
            + " bool_or(pg_relation_filenode(s.relid) is distinct from f.node) as new"
            + " from pg_stat_xact_user_tables s join files f on f.oid = s.relid group by 1 order by 1";
    private static final Pattern LINE = Pattern.compile("  ([a-z_]+) \\|-> \\{(.*)}[,\\]]");

    @Test
    void eachStepWritesWhatTheTableSays() throws IOException {
        Acts acts = Acts.on(a);
        remember();
        Map<String, String> measured = new LinkedHashMap<>();
        acts.all().forEach((name, act) -> measured.put(name, writes(act)));
        assertThat(measured).isEqualTo(table());
    }

    /** The broken variant: a close that also notes its end in the claim's row. */
    @Test
    void anUpdateAtJobRateIsFound() throws IOException {
        Acts acts = Acts.on(a);
        remember();
        String source = a.text("select pg_get_functiondef('close_1'::regproc)");
        a.run(source.replace("  return query\n", "  update claims_1 set n = n where no = p_nos[1];\n  return query\n"));
        Act complete = acts.all().get("complete");
        assertThat(writes(complete)).contains("Updates(\"claims_k\")").isNotEqualTo(table().get("complete"));
    }

    /** Who looks at the text finds no other place either: rows of the append-only tables are only ever inserted. */
    @Test
    void noFunctionUpdatesOrDeletesAppendOnlyRows() {
        Pattern change = Pattern.compile(
                "\\b(update|delete\\s+from)\\s+(\\S+\\.)?\"?(jobs|marks|claims|closures|entries|endings|progress|keys)_[0-9]+");
        List<String> found = a
                .rows("select p.proname as name, p.prosrc as source from pg_proc p" + " where p.pronamespace = '"
                        + schema() + "'::regnamespace")
                .stream()
                .filter(row -> change.matcher(row.text("source")).find())
                .map(row -> row.text("name"))
                .toList();
        assertThat(found).isEmpty();
        assertThat(change.matcher("update \"s\".claims_1 set n = n").find()).isTrue();
    }

    private void remember() {
        b.run("create temporary table files as select c.oid, pg_relation_filenode(c.oid) as node from pg_class c"
                + " where c.relnamespace = '" + schema() + "'::regnamespace and c.relkind = 'r'");
    }

    private String writes(Act act) {
        act.before().forEach(a::run);
        String pointers = "select setval('current_segment', " + a.number("select last_value from current_segment")
                + "), setval('current_store', " + a.number("select last_value from current_store") + ")";
        // The counts are those since the last report to the collector.
        b.run("select pg_stat_force_next_flush()");
        b.begin();
        b.run(act.call());
        Map<String, List<Row>> rows = b.rows(COUNTS).stream()
                .collect(Collectors.groupingBy(row -> row.text("name"), TreeMap::new, Collectors.toList()));
        b.rollback();
        a.run(pointers);
        act.after().forEach(a::run);
        return rows.entrySet().stream()
                .flatMap(entry -> {
                    Row row = entry.getValue().get(0);
                    String table = "(\"" + entry.getKey() + "\")";
                    return Stream.of(
                                    row.number("ins") > 0 ? "Inserts" : "",
                                    row.number("upd") > 0 ? "Updates" : "",
                                    row.number("del") > 0 ? "Deletes" : "",
                                    row.flag("new") ? "Truncates" : "")
                            .filter(kind -> !kind.isEmpty())
                            .map(kind -> kind + table);
                })
                .collect(Collectors.joining(", "));
    }

    private static Map<String, String> table() throws IOException {
        Map<String, String> table = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Models.folder().resolve("WriteTable.tla"))) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches()) {
                table.put(matcher.group(1), matcher.group(2));
            }
        }
        return table;
    }
}

package io.awa.reactive.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.CancelOutcome;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.enqueue.BulkResult;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.Unique;
import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The documentation's examples: they are the parts of {@link Snippets} and its like, they compile, and they do what they say. */
class ReadmeSnippetsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path ROOT = root();
    private static final Pattern PART =
            Pattern.compile("^ *// \\[([a-z-]+)]\\n(.*?)^ *// \\[end]$", Pattern.MULTILINE | Pattern.DOTALL);
    /** Files named {@code *Snippets.java} and {@code *SnippetsTest.java} in these folders are compiled and run by their modules. */
    private static final List<String> SOURCES = List.of(
            "awa-reactive-examples/quickstart/src/test/java/io/awa/reactive/quickstart",
            "awa-reactive-worker/spring-boot-starter/src/test/java/io/awa/reactive/spring");

    private static final Pattern BLOCK = Pattern.compile("^```(\\w+)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

    @ParameterizedTest
    @MethodSource("pages")
    void everyJavaBlockIsAPartOfTheSnippets(Path page) throws IOException {
        // Whole programs are run by the module they need: the front page's by the Spring Boot starter's NewcomerTest.
        List<String> pieces = blocks(page, "java").stream()
                .filter(block -> !block.startsWith("package "))
                .toList();

        assertThat(parts().values()).containsAll(pieces);
    }

    @Test
    void everyPartIsOnAPage() throws IOException {
        List<String> blocks = new ArrayList<>();
        for (Path page : pages().toList()) {
            blocks.addAll(blocks(page, "java"));
        }
        assertThat(blocks).containsAll(parts().values());
    }

    @Test
    void theReadmeBeginsWithTwoCommands() throws IOException {
        assertThat(blocks(ROOT.resolve("README.md"), "sh").stream().limit(2))
                .containsExactly(
                        "mvn -q -ntp -Pdemo -pl awa-reactive-examples/quickstart -am package\n",
                        "mvn -B -ntp verify\n");
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyLinkLeadsSomewhere(Path page) throws IOException {
        List<String> targets = Pattern.compile("]\\(([^)#:]+)(#[^)]*)?\\)")
                .matcher(Files.readString(page))
                .results()
                .map(found -> found.group(1))
                .toList();

        assertThat(targets)
                .allSatisfy(target -> assertThat(page.resolveSibling(target)).exists());
    }

    @Test
    void theExamplesDoWhatTheySay(@TempDir Path folder) throws IOException {
        AwaPostgres postgres = AwaPostgres.shared();
        String schema = postgres.freshSchema();
        Awa awa = Awa.builder(postgres.connections()).schema(schema).build();
        ConcurrentLinkedQueue<String> sent = new ConcurrentLinkedQueue<>();
        Snippets snippets =
                new Snippets(postgres.connections(), awa, mail -> Mono.fromRunnable(() -> sent.add(mail.subject())));
        WorkerSnippets worker = new WorkerSnippets(
                postgres.connections(), awa, mail -> Mono.fromRunnable(() -> sent.add(mail.subject())));
        try {
            await(snippets.migrate());
            await(postgres.query("create table if not exists orders (id bigint)")
                    .then());
            JobId first = await(snippets.enqueue());
            await(snippets.transaction(1));
            // An upper bound: the one it has cancelled counts until a claim has passed it.
            assertThat(await(snippets.administer(await(snippets.enqueue())))).isBetween(2L, 3L);
            JobId withdrawn = await(snippets.enqueue());
            assertThat(await(snippets.actOnOne(withdrawn))).isEqualTo(new CancelOutcome.Unknown(withdrawn));
            assertThat(await(snippets.deadLetters())).isZero();
            assertThat(await(snippets.queueFigures()).depth()).isPositive();
            assertThat(await(snippets.bulkWithErrors(Flux.just(new Snippets.SendEmail("a@example.org", "bulk")))))
                    .isEqualTo(1);

            Mono<Void> worked = Flux.interval(Duration.ofMillis(20))
                    .takeUntil(tick -> sent.size() == 3)
                    .then();
            assertThat(await(snippets.work(worked)).clean()).isTrue();

            assertThat(sent).containsExactlyInAnyOrder("hello", "thanks", "bulk");
            assertThat(await(awa.admin().job(first)).state()).isEqualTo(JobState.COMPLETED);
            assertThat(await(EventSnippets.observe(awa, first).collectList())).containsExactly("COMPLETED, attempt 1");
            assertThat(await(EventSnippets.wait(awa, first))).isTrue();
            assertThat(await(EventSnippets.goOn(awa, first, null).collectList()))
                    .hasSize(3);
            assertThat(WorkerSnippets.extract(folder)).hasSizeGreaterThan(1);
            assertThat(folder.resolve("awa.sql")).isNotEmptyFile();
            assertThat(worker.workerSettings()).isNotNull();
            assertThat(worker.concurrency()).hasSize(3);
            worker.settingsOfAQueue().block(PATIENCE);
            assertThat(await(worker.onePass(worker.workerSettings())).clean()).isTrue();
            Snippets.SendEmail mail = new Snippets.SendEmail("b@example.org", "later");
            assertThat(await(awa.admin().job(await(snippets.later(mail)).id())).state())
                    .isEqualTo(JobState.SCHEDULED);
            assertThat(await(snippets.unique(mail))).startsWith("stored: ");
            assertThat(await(snippets.uniqueInBulk(Flux.just(mail, mail)))).isEqualTo(new BulkResult(1, 1));
            PressureSnippets pressure = new PressureSnippets(postgres.connections());
            assertThat(await(pressure.bulk(awa, Flux.just(mail)))).isEqualTo(1);
            assertThat(await(pressure.admission(awa, mail))).startsWith("accepted: ");
            assertThat(await(pressure.figures(awa)).depth()).isPositive();
            assertThat(pressure.marks()).isNotNull();
            assertThat(await(worker.status()).latest()).isPositive();
            assertThat(await(worker.schedules(worker.schedule())).value()).isPositive();
            assertThat(await(worker.tick().collectList())).isEmpty();
            assertThat(worker.cronWorker(worker.schedule())).isNotNull();
            assertThat(WorkerSnippets.expression().get(0)).isEqualTo("2026-03-29T01:00:00Z");
        } finally {
            awa.close().block(PATIENCE);
            postgres.drop(schema).block(PATIENCE);
        }
    }

    @Test
    void theSqlDoesWhatItSays() throws IOException {
        AwaPostgres postgres = AwaPostgres.shared();
        String schema = postgres.freshSchema();
        String role = postgres.freshSchema("shop");
        List<String> sql = blocks(ROOT.resolve("docs/reference/sql.md"), "sql").stream()
                .map(text -> text.replace("awa.", schema + ".")
                        .replace("schema awa ", "schema " + schema + " ")
                        .replace("to shop", "to " + role))
                .toList();
        Awa owner = Awa.builder(postgres.connections()).schema(schema).build();
        Awa shop = Awa.builder(new PostgresqlConnectionFactory(postgres.configuration()
                        .username(role)
                        .password("secret")
                        .build()))
                .schema(schema)
                .build();
        try {
            await(owner.migrate());
            await(postgres.query(sql.get(0)).then());
            await(postgres.query("create role " + role + " login password 'secret'; " + sql.get(1))
                    .then());

            // What the role may do: everything about enqueueing, and the empty migration.
            assertThat(await(shop.migrate()).changedAnything()).isFalse();
            await(shop.enqueue(Snippets.SEND_EMAIL.with(new Snippets.SendEmail("a@example.org", "one"))));
            await(shop.enqueueAll(
                    Snippets.SEND_EMAIL, Flux.range(0, 3).map(i -> new Snippets.SendEmail("a@example.org", "bulk"))));

            await(shop.enqueue(Snippets.SEND_EMAIL
                    .unique(Unique.byArgs())
                    .with(new Snippets.SendEmail("a@example.org", "two"))
                    .runAfter(Duration.ofHours(1))));

            assertThat(await(owner.admin()
                            .depth("email")
                            .map(lane -> lane.depth())
                            .reduce(0L, Long::sum)))
                    .isEqualTo(5);
        } finally {
            shop.close().then(owner.close()).block(PATIENCE);
            postgres.drop(schema).block(PATIENCE);
            await(postgres.query("drop owned by " + role + "; drop role " + role)
                    .then());
        }
    }

    static Stream<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md"), ROOT.resolve("docs/README.md")));
        for (String folder : List.of("docs/guide", "docs/operations", "docs/reference")) {
            try (Stream<Path> found = Files.list(ROOT.resolve(folder))) {
                found.filter(path -> path.toString().endsWith(".md")).sorted().forEach(pages::add);
            }
        }
        return pages.stream();
    }

    /** The parts by name, without their common indentation. */
    private static Map<String, String> parts() throws IOException {
        Map<String, String> parts = new LinkedHashMap<>();
        for (String folder : SOURCES) {
            List<Path> files;
            try (Stream<Path> found = Files.list(ROOT.resolve(folder))) {
                files = found.filter(path -> path.toString().matches(".*Snippets(Test)?\\.java"))
                        .sorted()
                        .toList();
            }
            for (Path file : files) {
                PART.matcher(Files.readString(file))
                        .results()
                        .forEach(found -> parts.put(
                                found.group(1), found.group(2).stripTrailing().stripIndent() + "\n"));
            }
        }
        return parts;
    }

    private static List<String> blocks(Path page, String language) throws IOException {
        return BLOCK.matcher(Files.readString(page))
                .results()
                .filter(found -> found.group(1).equals(language))
                .map((MatchResult found) -> found.group(2))
                .toList();
    }

    private static <T> T await(Mono<T> mono) {
        return mono.block(PATIENCE);
    }

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("CONTRIBUTING.md"))) {
            folder = folder.getParent();
        }
        return folder;
    }
}

package io.awa.reactive.chaos;

import io.awa.reactive.testkit.Seeds;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import reactor.core.scheduler.Schedulers;

/**
 * All faults in random order, for a given time, round by round: at the end of a round every job has come to its end,
 * everything was given back, and all is judged. The last line says what came out.
 *
 * <p>{@code -Dawa.chaos.seconds} (300), {@code -Dawa.chaos.rate} jobs a second (60), {@code -Dawa.chaos.round} seconds a
 * round (240), {@code -Dawa.chaos.reports} a folder, {@code -Dawa.chaos.long} how many seconds a producer's transaction
 * stays open in the second round (600), {@code -Dawa.chaos.only} names of faults, a pattern, and the environment variable {@code AWA_SEED}.
 */
final class LongRun {

    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final int SHORTEST_MILLIS = 500;
    private static final int LONGEST_MILLIS = 15_000;
    private static final String OPEN_PRODUCER = "open producer on the hot lane";
    private static final List<String> LOCKS = List.of(OPEN_PRODUCER, "readers hold tables", "dump");

    private final long seed = Seeds.one();
    private final SplittableRandom random = Seeds.random(seed);
    private final long seconds = Long.getLong("awa.chaos.seconds", 300);
    private final long round = Long.getLong("awa.chaos.round", 240);
    private final int rate = Integer.getInteger("awa.chaos.rate", 60);
    private final int longest = Integer.getInteger("awa.chaos.long", 600);
    private final Path folder = Path.of(System.getProperty("awa.chaos.reports", "target/chaos"), "run");
    private final List<Fault> faults = Fault.all().stream()
            .filter(fault -> fault.name().matches(System.getProperty("awa.chaos.only", ".*")))
            .toList();
    private final Journal journal = new Journal(folder.resolveSibling("run-recovery.csv"));
    private final Map<Character, Long> lives = new TreeMap<>();
    private long jobs;

    /** Runs, and ends with 0 where nothing was found. */
    public static void main(String[] args) {
        String verdict = new LongRun().run();
        System.exit(verdict.contains("CLEAN") ? 0 : 1);
    }

    /** The verdict: one line. */
    String run() {
        System.err.println("AWA_SEED=" + seed + ", " + seconds + " s of chaos");
        String what;
        long began = System.nanoTime();
        Map<String, Integer> log = Map.of();
        World world = new World(folder, rate, random.split());
        try {
            world.tenants.forEach(tenant -> Recovery.of(tenant, LIMIT));
            // The time of chaos begins when everybody works.
            String broken = rounds(
                    world, System.nanoTime() + Duration.ofSeconds(seconds).toNanos());
            ServerLog server = world.log();
            log = server.counts();
            what = !broken.isEmpty()
                    ? "BROKEN: " + broken
                    : server.isClean()
                            ? "CLEAN"
                            : "BROKEN: the server's log has "
                                    + server.contention().size()
                                    + " errors caused by contention and "
                                    + server.unexpected().size() + " unexpected ones: "
                                    + first(server);
        } catch (RuntimeException | AssertionError e) {
            e.printStackTrace();
            log = world.log().counts();
            what = "BROKEN: " + e.getMessage();
        } finally {
            world.close();
        }
        String verdict = "CHAOS VERDICT " + what + " | AWA_SEED=" + seed + ", "
                + (System.nanoTime() - began) / 1_000_000_000 + " s, " + journal.faults() + " faults, " + jobs
                + " jobs judged, lives " + lives + ", recovery median " + journal.medianRecovery() + " ms, worst "
                + journal.worstRecovery() + " ms, log " + log;
        System.err.println(verdict);
        return verdict;
    }

    private String rounds(World world, long end) {
        for (int number = 0; System.nanoTime() < end; number++) {
            world.start();
            boolean patient = number == 1
                    && end - System.nanoTime() > 2 * Duration.ofSeconds(longest).toNanos();
            if (patient) {
                round(world, Duration.ofSeconds(longest), Duration.ofSeconds(longest), OPEN_PRODUCER);
            } else {
                Duration length = Duration.ofNanos(Math.min(
                        end - System.nanoTime(), Duration.ofSeconds(round).toNanos()));
                round(world, length, length.dividedBy(2), LOCKS.get(random.nextInt(LOCKS.size())));
            }
            world.drain();
            world.reclaim();
            String broken = judged(world);
            if (!broken.isEmpty()) {
                return broken;
            }
            ServerLog log = world.log();
            if (!log.isClean()) {
                System.err.println("chaos: the log has " + log.contention() + log.unexpected());
            }
            world.forget();
        }
        return jobs == 0 || journal.faults() == 0 ? "nothing was judged" : "";
    }

    /** One fault after the other, and behind them all somebody's transaction that stays open. */
    private void round(World world, Duration length, Duration open, String behind) {
        long end = System.nanoTime() + length.toNanos();
        List<Fault> chosen = faults.stream()
                .filter(fault ->
                        !fault.name().equals(behind) && !(behind.equals(OPEN_PRODUCER) && fault.endsSessions()))
                .toList();
        SplittableRandom own = random.split();
        Tenant host = any(world);
        System.err.println(
                "chaos: behind all that: " + behind + " at " + host.name + " for " + open.toSeconds() + " s");
        CompletableFuture<Void> transaction = CompletableFuture.runAsync(
                () -> Fault.named(behind).strike().at(world, host, own, open), Schedulers.boundedElastic()::schedule);
        Round strikes = new Round(world, random, journal);
        while (System.nanoTime() < end) {
            Fault fault = chosen.get(random.nextInt(chosen.size()));
            Duration time = Duration.ofMillis(SHORTEST_MILLIS + random.nextInt(LONGEST_MILLIS));
            strikes.strike(fault, any(world), time, LIMIT);
        }
        try {
            transaction.join();
        } catch (CompletionException e) {
            // The server was killed under it.
            System.err.println("chaos: " + behind + " ended early: " + e.getCause());
        }
    }

    private Tenant any(World world) {
        return random.nextInt(4) == 0 ? world.small : world.big;
    }

    private String judged(World world) {
        for (Judge.Verdict verdict : world.judge(true)) {
            System.err.println("chaos: " + verdict);
            if (!verdict.isClean()) {
                System.err.println(verdict.report());
                return verdict.toString();
            }
            jobs += verdict.lives().values().stream().mapToLong(Long::longValue).sum();
            verdict.lives().forEach((code, n) -> lives.merge(code, n, Long::sum));
        }
        return "";
    }

    private static String first(ServerLog log) {
        return (log.contention().isEmpty() ? log.unexpected() : log.contention()).get(0);
    }
}

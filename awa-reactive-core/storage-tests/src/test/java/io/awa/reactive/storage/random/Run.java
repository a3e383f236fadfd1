package io.awa.reactive.storage.random;

import io.awa.reactive.internal.pg.SqlState;
import io.awa.reactive.testkit.HistoryChecker;
import io.awa.reactive.testkit.HistoryChecker.Claiming;
import io.r2dbc.spi.R2dbcException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** What the parties of one random run share. */
final class Run {

    private static final int BACKLOG = 4_000;
    static final long FIRST_NONCE = 1_000_000;

    final Storage storage;
    final HistoryChecker history = new HistoryChecker();
    final Client client;
    final Entries entries;
    final List<Integer> queues;
    final List<String> queueNames = List.of("fast", "slow");
    final Integer[] lanes;
    final boolean crashes;
    final int scale;
    final boolean slowClosers;
    final boolean slowClaimers;

    /** Claims with open members, for whoever comes first. */
    final ConcurrentLinkedDeque<Taken> open = new ConcurrentLinkedDeque<>();

    final Queue<Taken> all = new ConcurrentLinkedQueue<>();
    final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();
    private final AtomicReferenceArray<@Nullable Taken> recent = new AtomicReferenceArray<>(400);
    private final AtomicLongArray stored = new AtomicLongArray(200);
    private final AtomicLong turns = new AtomicLong();
    private final long firstNonce;
    private final AtomicLong nonces;
    private final Map<Long, Claiming> unresolved = new ConcurrentHashMap<>();
    private final Set<Long> untold = ConcurrentHashMap.newKeySet();
    private final Set<Long> abandoned = ConcurrentHashMap.newKeySet();
    private final LongAdder behind = new LongAdder();
    private final ConcurrentMap<String, LongAdder> counts = new ConcurrentHashMap<>();
    private volatile boolean stopping;
    private volatile boolean calm;

    Run(Storage storage, SplittableRandom random, boolean crashes) {
        this(storage, random, crashes, 1, FIRST_NONCE);
    }

    /**
     * @param scale how many times larger than in a short run transactions and claims are
     * @param after a nonce above all that were used before
     */
    Run(Storage storage, SplittableRandom random, boolean crashes, int scale, long after) {
        this.storage = storage;
        this.scale = scale;
        this.firstNonce = after;
        this.nonces = new AtomicLong(after);
        this.client = new Client(storage, history);
        this.entries = new Entries(client);
        this.lanes = new Integer[] {storage.lane("fast", 1), storage.lane("fast", 3), storage.lane("slow", 2)};
        this.queues = queueNames.stream().map(storage::queue).toList();
        this.crashes = crashes;
        this.slowClosers = scale == 1 && random.nextInt(3) == 0;
        this.slowClaimers = scale == 1 && random.nextInt(3) == 0;
    }

    boolean isStopping() {
        return stopping;
    }

    void stop() {
        stopping = true;
        calm = false;
    }

    /** Whether only claimers go on, so that nobody's commit takes theirs to the disk. */
    boolean isCalm() {
        return calm;
    }

    void calm(boolean on) {
        calm = on;
    }

    /** Claims that were answered and are not in the evidence: a crash took them back. */
    long lostClaims() {
        Set<Long> seen = seenClaims();
        return all.stream().filter(taken -> !seen.contains(taken.token.nonce())).count();
    }

    /** Tells the checker which claims a crash took back. */
    void tellLostClaims() {
        Set<Long> seen = seenClaims();
        all.stream()
                .map(taken -> taken.token.nonce())
                .filter(nonce -> !seen.contains(nonce))
                .forEach(history::takenBack);
    }

    /** Claims that were committed, although their claimers were told they were not. */
    long deniedClaims() {
        Set<Long> seen = seenClaims();
        all.forEach(taken -> seen.remove(taken.token.nonce()));
        abandoned.forEach(seen::remove);
        // What somebody has begun to end is not handed out again.
        seen.removeAll(new Evidence(storage).endedBy(untold));
        return seen.stream()
                .filter(nonce -> nonce > firstNonce && nonce < WorkerProcesses.FIRST_NONCE)
                .count();
    }

    private Set<Long> seenClaims() {
        return LongStream.of(storage.numbers("SELECT nonce AS answer FROM {awa}.seen_claims"))
                .boxed()
                .collect(Collectors.toSet());
    }

    long nonce() {
        return nonces.incrementAndGet();
    }

    /** For ends that only the evidence tells of. */
    long untold() {
        long nonce = nonce();
        untold.add(nonce);
        history.untold(nonce);
        return nonce;
    }

    /** The answer to a claim was lost, and replay did not find it: the evidence tells at the end. */
    void unresolved(Claiming claiming, long nonce) {
        unresolved.put(nonce, claiming);
    }

    /**
     * Claims whose answer was lost and that replay does not hand out, because somebody has begun to end them. Where the
     * rescuer, who would find them missing from the list, has stopped, somebody else has to end the rest.
     */
    List<Taken> leftBehind() {
        Evidence evidence = new Evidence(storage);
        List<Taken> left = new ArrayList<>();
        for (long nonce : unresolved.keySet()) {
            Taken taken = evidence.claim(nonce);
            if (taken != null) {
                left.add(taken);
            }
        }
        return left;
    }

    /** Asks the evidence what became of claims that nobody was told of. */
    void resolve() {
        Evidence evidence = new Evidence(storage);
        unresolved.forEach((nonce, claiming) -> Client.answered(claiming, evidence.claim(nonce)));
    }

    /** Nobody will ever ask what became of this claim. */
    void abandoned(Claiming claiming, long nonce) {
        abandoned.add(nonce);
        unresolved(claiming, nonce);
    }

    /** Somebody else has taken jobs. */
    void takenElsewhere(int jobs) {
        behind.add(-jobs);
    }

    /** A claim nobody works on. */
    void abandoned(Taken taken) {
        behind.add(-taken.positions.length);
        all.add(taken);
        recent.set((int) (turns.incrementAndGet() % recent.length()), taken);
    }

    void count(String what, long n) {
        counts.computeIfAbsent(what, key -> new LongAdder()).add(n);
    }

    long counted(String what) {
        LongAdder adder = counts.get(what);
        return adder == null ? 0 : adder.sum();
    }

    Map<String, LongAdder> counts() {
        return new TreeMap<>(counts);
    }

    void stored(long... ids) {
        behind.add(ids.length);
        count("stored", ids.length);
        for (long id : ids) {
            stored.set((int) (turns.incrementAndGet() % stored.length()), id);
        }
    }

    long someStored(SplittableRandom random) {
        return stored.get(random.nextInt(stored.length()));
    }

    void taken(Taken taken) {
        behind.add(-taken.positions.length);
        count("claims", 1);
        all.add(taken);
        open.add(taken);
        recent.set((int) (turns.incrementAndGet() % recent.length()), taken);
    }

    @Nullable
    Taken someTaken(SplittableRandom random) {
        return recent.get(random.nextInt(recent.length()));
    }

    /** Whether claimers are too far behind for more jobs to teach anything. */
    boolean isFull() {
        return behind.sum() > (long) BACKLOG * scale;
    }

    /** Whether an error belongs to the schedule; notes the others. */
    boolean isExpected(Throwable error) {
        SqlState state = SqlState.of(error);
        for (Throwable at = error; at != null; at = at.getCause()) {
            if (at instanceof R2dbcException known && known.getSqlState() != null) {
                count("error " + known.getSqlState(), 1);
                break;
            }
        }
        boolean expected = state == SqlState.CONNECTION
                || state == SqlState.SERIALIZATION
                || state == SqlState.LOCK_REFUSED
                || state == SqlState.TIMEOUT && Session.IS_PATIENT;
        if (!expected) {
            faults.add(error);
            stop();
        }
        return expected;
    }

    static void pause(long millis) {
        LockSupport.parkNanos(millis * 1_000_000);
    }
}

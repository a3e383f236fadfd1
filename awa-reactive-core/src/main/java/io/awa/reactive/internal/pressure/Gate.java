package io.awa.reactive.internal.pressure;

import io.awa.reactive.engine.Engine;
import io.awa.reactive.pressure.Backpressure;
import io.awa.reactive.pressure.QueuePressure;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;

/**
 * Lets producers in while there is room in their queues. Who comes waits in a line for each queue, first come, first served;
 * who needs several queues waits in one line at a time and holds nothing meanwhile, so that a full queue stops no other.
 *
 * <p>How: what happens (somebody comes or leaves, a look has ended, a pause is over) takes its {@link Turns turn}. All valves,
 * lines and visits are touched only there. Leaving is an event like coming, so a cancel can neither be overtaken by a grant nor
 * leave one behind.
 *
 * <p>A queue is looked at only for somebody who waits, at most once at a time. A look that fails in a way that may pass is
 * repeated for as long as somebody waits; any other error is told to all in the line.
 */
public final class Gate {

    private final Function<String, Mono<Reading>> depth;
    private final Function<String, Mono<Reading>> whole;
    private final Scheduler timer;
    private final Map<String, Backpressure> marks;
    private final @Nullable Backpressure others;
    private final ConcurrentMap<String, Gauge> gauges = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Valve> valves = new ConcurrentHashMap<>();
    private final Turns turns = new Turns();

    /**
     * @param marks  by queue
     * @param others for queues that have none; null: they are open
     */
    public Gate(Readings readings, Scheduler timer, Map<String, Backpressure> marks, @Nullable Backpressure others) {
        this(readings::depth, readings::whole, timer, marks, others);
    }

    Gate(
            Function<String, Mono<Reading>> depth,
            Function<String, Mono<Reading>> whole,
            Scheduler timer,
            Map<String, Backpressure> marks,
            @Nullable Backpressure others) {
        this.depth = depth;
        this.whole = whole;
        this.timer = timer;
        this.marks = Map.copyOf(marks);
        this.others = others;
    }

    /** The marks of a queue; null: it is open. */
    public @Nullable Backpressure marks(String queue) {
        return marks.getOrDefault(queue, others);
    }

    /** Whether no queue has marks. */
    public boolean isOpen() {
        return marks.isEmpty() && others == null;
    }

    /** As {@link io.awa.reactive.Awa#pressure(String)}. */
    public Mono<QueuePressure> pressure(String queue) {
        return Mono.defer(() -> gauge(queue).now(Gauge.FRESH));
    }

    /** As {@link io.awa.reactive.Awa#pressure(String, Duration)}. */
    public Flux<QueuePressure> pressure(String queue, Duration pause) {
        return Flux.defer(() -> gauge(queue).every(pause));
    }

    /** What was last seen of a queue, and why not more. */
    @Nullable
    QueuePressure last(String queue) {
        return gauge(queue).last();
    }

    @Nullable
    Throwable trouble(String queue) {
        Valve valve = valves.get(queue);
        return valve == null ? null : valve.trouble();
    }

    /** How many wait, in all lines. */
    public Mono<Integer> waiting() {
        return Mono.create(sink -> turns.take(() ->
                sink.success(valves.values().stream().mapToInt(Valve::waiting).sum())));
    }

    /**
     * Work that begins when there is room for it, and counts as under way until it ends or is cancelled.
     *
     * @param jobs    how many it will store in each queue, {@link Backpressure#burst()} at most
     * @param waiting put around the wait: a timeout, say
     */
    public <T> Mono<T> admit(Map<String, Integer> jobs, UnaryOperator<Mono<Void>> waiting, Mono<T> work) {
        return admit(jobs, waiting, work, UnaryOperator.identity());
    }

    /**
     * The same.
     *
     * @param running put around the work: it may let that go on when its subscriber cancels, and it is under way until then
     */
    public <T> Mono<T> admit(
            Map<String, Integer> jobs,
            UnaryOperator<Mono<Void>> waiting,
            Mono<T> work,
            UnaryOperator<Mono<T>> running) {
        return Mono.defer(() -> {
            List<Visit.Need> needs = needs(jobs);
            if (needs.isEmpty()) {
                return running.apply(work);
            }
            Visit visit = new Visit(needs);
            AtomicBoolean begun = new AtomicBoolean();
            Mono<T> counted = Mono.defer(() -> {
                        begun.set(true);
                        return work;
                    })
                    .doFinally(end -> turns.take(() -> leave(visit)));
            Mono<Void> entered = Mono.create(sink -> turns.take(() -> arrive(visit, sink)));
            return waiting.apply(entered).then(running.apply(counted)).doFinally(end -> {
                if (!begun.get()) {
                    turns.take(() -> leave(visit));
                }
            });
        });
    }

    // Sorted, so that the lines are taken in one order.
    private List<Visit.Need> needs(Map<String, Integer> jobs) {
        List<Visit.Need> needs = new ArrayList<>(jobs.size());
        new TreeMap<>(jobs).forEach((queue, n) -> {
            Backpressure limit = marks(queue);
            if (limit != null) {
                needs.add(new Visit.Need(valves.computeIfAbsent(queue, name -> new Valve(name, limit)), n));
            }
        });
        return needs;
    }

    private Gauge gauge(String queue) {
        return gauges.computeIfAbsent(
                queue, name -> new Gauge(name, () -> depth.apply(name), () -> whole.apply(name), timer));
    }

    // --- what happens

    private void arrive(Visit visit, MonoSink<Void> sink) {
        if (visit.is(Visit.State.COMING)) {
            visit.arrives(sink);
            Valve valve = visit.needs().get(0).valve();
            valve.join(visit);
            serve(valve);
        }
    }

    private void leave(Visit visit) {
        boolean inside = visit.is(Visit.State.INSIDE);
        visit.gone();
        for (Visit.Need need : visit.needs()) {
            if (inside) {
                need.valve().leave(need.jobs());
            } else {
                need.valve().quit(visit);
            }
        }
        visit.needs().forEach(need -> serve(need.valve()));
    }

    private void serve(Valve first) {
        Deque<Valve> ready = new ArrayDeque<>(List.of(first));
        for (Valve valve = ready.poll(); valve != null; valve = ready.poll()) {
            Visit visit = valve.first();
            if (visit != null && serve(valve, visit, ready)) {
                ready.addFirst(valve);
            }
        }
    }

    /** Whether the line has moved. */
    private boolean serve(Valve valve, Visit visit, Deque<Valve> ready) {
        long now = System.nanoTime();
        Valve.Answer answer = valve.room(visit.jobs(valve), now);
        switch (answer) {
            case LOOK -> look(valve);
            case SHUT -> {
                valve.shut();
                pause(valve);
            }
            case WAIT -> {}
            case ENTER -> {
                valve.quit(visit);
                Valve full = fullOne(visit, now);
                if (full == null) {
                    visit.needs().forEach(need -> need.valve().enter(need.jobs()));
                    visit.enters();
                } else {
                    full.join(visit);
                    ready.add(full);
                }
                return true;
            }
        }
        return false;
    }

    private static @Nullable Valve fullOne(Visit visit, long now) {
        for (Visit.Need need : visit.needs()) {
            if (need.valve().room(need.jobs(), now) != Valve.Answer.ENTER) {
                return need.valve();
            }
        }
        return null;
    }

    private void look(Valve valve) {
        valve.looks();
        gauge(valve.queue())
                .look()
                .subscribe(
                        seen -> turns.take(() -> {
                            valve.looked(seen, System.nanoTime());
                            serve(valve);
                        }),
                        error -> turns.take(() -> failed(valve, error)));
    }

    private void failed(Valve valve, Throwable error) {
        valve.failed(error);
        if (!Engine.isTransient(error)) {
            for (Visit visit = valve.first(); visit != null; visit = valve.first()) {
                valve.quit(visit);
                visit.refused(error);
            }
        } else if (valve.first() != null) {
            valve.pauses();
            pause(valve);
        }
    }

    private void pause(Valve valve) {
        try {
            timer.schedule(
                    () -> turns.take(() -> {
                        valve.paused();
                        serve(valve);
                    }),
                    valve.pause(),
                    TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            failed(valve, e);
        }
    }
}

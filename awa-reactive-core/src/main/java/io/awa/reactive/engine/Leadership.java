package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The contest for the lead of a schema's maintenance, on one connection. Who leads holds a lock of its session and beats;
 * others look. The lead of a session that is gone is taken at the next look. The lead of one that stands and does not beat
 * (its process is frozen, or cut off) is taken when the same beat was seen in {@value #LOOKS} looks over the whole lease,
 * by this process's own clock: its session is ended where that is allowed, and its epoch is over in any case.
 *
 * <p>Leading saves work; no safety rests on it. Looks must not overlap. Results arrive on the driver's event loop.
 */
public final class Leadership {

    /** So many looks at least must have met the same beat before a leader is deposed. */
    static final int LOOKS = 4;

    private final Lane lane;
    private final String look;
    private final long lease;
    private final LongSupplier nanos;

    // Written inside of calls of the lane, which come one after the other.
    private long generation = -1;
    private long epoch;
    private boolean locked;
    private long beat;
    private long beaten;
    private @Nullable Still still;

    Leadership(Lane lane, SchemaSql schema, Duration lease, LongSupplier nanos) {
        this.lane = lane;
        this.look = schema.in("SELECT * FROM {awa}.lead($1, $2, $3)");
        this.lease = lease.toNanos();
        this.nanos = nanos;
    }

    /**
     * Looks, takes the lead where it can, and beats where this session leads.
     *
     * @return who leads now; an error if the database cannot be reached, when it is not known who does
     */
    public Mono<Standing> look() {
        return lane.call(connection -> {
            // Inside the call, where a lost connection has been replaced: its session was what led.
            if (generation != lane.generation()) {
                generation = lane.generation();
                epoch = 0;
                locked = false;
            }
            Still seen = still;
            Object over = seen != null && seen.looks >= LOOKS && nanos.getAsLong() - seen.since >= lease
                    ? seen.beat
                    : new Sql.Null(Long.class);
            long began = nanos.getAsLong();
            return Sql.row(connection, look, Sql.args(epoch, locked, over), row -> {
                boolean leads = row.flag("leads");
                locked = row.flag("locked");
                epoch = leads ? row.number("epoch") : 0;
                still = leads ? null : seen(row.number("beat"));
                // While somebody else decides a look is answered without a beat: that one moves with each.
                if (beat != row.number("beat")) {
                    beat = row.number("beat");
                    beaten = began;
                }
                return new Standing(row.number("epoch"), leads, beaten);
            });
        });
    }

    /** Closes the connection, and with it gives up the lead. */
    public Mono<Void> close() {
        return lane.close();
    }

    private Still seen(long beat) {
        Still last = still;
        return last != null && last.beat == beat
                ? new Still(beat, last.since, last.looks + 1)
                : new Still(beat, nanos.getAsLong(), 1);
    }

    /**
     * Who leads.
     *
     * @param epoch    of the leader; ascends with each change
     * @param leads    whether it is this session
     * @param asOf     {@link System#nanoTime()} when the look began that saw the leader's last beat, as this session knows it:
     *                 the beat was made after it where this session leads
     */
    public record Standing(long epoch, boolean leads, long asOf) {}

    private record Still(long beat, long since, int looks) {}
}

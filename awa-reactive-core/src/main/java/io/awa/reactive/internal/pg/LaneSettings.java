package io.awa.reactive.internal.pg;

import java.time.Duration;

/**
 * What a lane sets on its connection.
 *
 * @param name             application_name, what an operator sees in pg_stat_activity; cut at 63 bytes by the server
 * @param statementTimeout ends a statement at the server; the client gives up one quarter later and drops the connection
 * @param lockTimeout      ends a wait for a lock at the server
 * @param synchronous      whether a commit waits until it is durable
 * @param snapshots        whether a statement reads all it reads in one snapshot, with the functions it calls
 */
public record LaneSettings(
        String name, Duration statementTimeout, Duration lockTimeout, boolean synchronous, boolean snapshots) {

    /** One whose functions read what is committed by then. */
    public LaneSettings(String name, Duration statementTimeout, Duration lockTimeout, boolean synchronous) {
        this(name, statementTimeout, lockTimeout, synchronous, false);
    }

    /** Statements end after 30 s, lock waits after 5 s, commits are durable. */
    public static LaneSettings named(String name) {
        return new LaneSettings(name, Duration.ofSeconds(30), Duration.ofSeconds(5), true);
    }

    /** The same with commits that do not wait: for what a crash may take back without harm. */
    public LaneSettings asynchronous() {
        return new LaneSettings(name, statementTimeout, lockTimeout, false, snapshots);
    }

    /** The same with another statement timeout. */
    public LaneSettings statementTimeout(Duration timeout) {
        return new LaneSettings(name, timeout, lockTimeout, synchronous, snapshots);
    }

    /** The same with another bound on waits for locks. */
    public LaneSettings lockTimeout(Duration timeout) {
        return new LaneSettings(name, statementTimeout, timeout, synchronous, snapshots);
    }

    /** The same, and a statement reads all it reads in one snapshot: for reads alone. */
    public LaneSettings oneSnapshot() {
        return new LaneSettings(name, statementTimeout, lockTimeout, synchronous, true);
    }

    /** How long the client waits: long enough for the server to answer first. */
    Duration clientTimeout() {
        return statementTimeout.plus(statementTimeout.dividedBy(4)).plusMillis(500);
    }
}

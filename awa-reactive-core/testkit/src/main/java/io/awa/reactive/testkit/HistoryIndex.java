package io.awa.reactive.testkit;

import io.awa.reactive.testkit.HistoryChecker.Claiming;
import io.awa.reactive.testkit.HistoryChecker.Found;
import io.awa.reactive.testkit.HistoryChecker.Storing;
import io.awa.reactive.testkit.HistoryChecker.Token;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of a history by number, and their offers in order. Arrays instead of objects: a history may have millions.
 * The offers of job {@code j} are {@code offer[first[j]]} to {@code offer[first[j + 1] - 1]}.
 */
final class HistoryIndex {

    static final long NEVER = Long.MAX_VALUE;

    final long[] ids;
    /** When the commit was asked for and answered; NEVER where it was not, or the transaction was aborted. */
    final long[] requested;

    final long[] answered;
    /** Some producer may have stored the job. */
    final boolean[] possible;
    /** It was: by an answer, or as the final state has it. */
    final boolean[] committed;

    /** Claims that took jobs, in the order of their answers. */
    final List<Claiming> claims;

    private final Map<Token, Integer> byToken = new HashMap<>();
    private final Map<Long, Integer> byNonce = new HashMap<>();
    final int[] first;
    final int[] offerClaim;
    final int[] offerOrdinal;

    HistoryIndex(HistoryChecker history) {
        Found found = history.found();
        claims = history.claims.stream()
                .filter(claim -> claim.token != null)
                .sorted(Comparator.comparingLong(claim -> claim.ended))
                .toList();
        ids = Stream.of(
                        history.stores.stream().map(store -> store.ids),
                        claims.stream().map(claim -> claim.positions),
                        history.cancels.stream().map(cancel -> cancel.cancelled),
                        found == null ? Stream.<long[]>empty() : found.stored.stream(),
                        found == null ? Stream.<long[]>empty() : found.cancelled.stream())
                .flatMap(all -> all)
                .flatMapToLong(LongStream::of)
                .sorted()
                .distinct()
                .toArray();
        requested = new long[ids.length];
        answered = new long[ids.length];
        possible = new boolean[ids.length];
        committed = new boolean[ids.length];
        Arrays.fill(requested, NEVER);
        Arrays.fill(answered, NEVER);
        stored(history, found);
        first = new int[ids.length + 1];
        for (int c = 0; c < claims.size(); c++) {
            byToken.put(claims.get(c).name(), c);
            byNonce.put(claims.get(c).name().nonce(), c);
            for (long position : claims.get(c).positions) {
                first[at(position) + 1]++;
            }
        }
        Arrays.parallelPrefix(first, Integer::sum);
        offerClaim = new int[first[ids.length]];
        offerOrdinal = new int[first[ids.length]];
        int[] next = first.clone();
        for (int c = 0; c < claims.size(); c++) {
            long[] positions = claims.get(c).positions;
            for (int ordinal = 0; ordinal < positions.length; ordinal++) {
                int slot = next[at(positions[ordinal])]++;
                offerClaim[slot] = c;
                offerOrdinal[slot] = ordinal;
            }
        }
    }

    int at(long id) {
        return Arrays.binarySearch(ids, id);
    }

    int lane(int job) {
        return (int) (ids[job] >>> HistoryChecker.LANE_SHIFT);
    }

    /** The number of the claim with this token, or -1. */
    int claim(Token token) {
        return byToken.getOrDefault(token, -1);
    }

    /** The number of the claim with this nonce, or -1. */
    int claim(long nonce) {
        return byNonce.getOrDefault(nonce, -1);
    }

    /** The job that is this member, or -1 where the claim is -1 or has no such member. */
    int job(int claim, int ordinal) {
        return claim < 0 || ordinal < 0 || ordinal >= claims.get(claim).positions.length
                ? -1
                : at(claims.get(claim).positions[ordinal]);
    }

    /** The claim that offered the job first; null if none did. */
    @Nullable
    Claiming firstOffer(int job) {
        return first[job] == first[job + 1] ? null : claims.get(offerClaim[first[job]]);
    }

    private void stored(HistoryChecker history, @Nullable Found found) {
        boolean unknown = false;
        for (Storing store : history.stores) {
            unknown |= store.ids.length == 0 && store.isOpen();
            for (long id : store.ids) {
                int job = at(id);
                if (!store.aborted) {
                    requested[job] = store.begun;
                    answered[job] = store.ended;
                    possible[job] = true;
                    committed[job] |= !store.isOpen();
                }
            }
        }
        if (found != null) {
            found.stored.stream().flatMapToLong(LongStream::of).forEach(id -> {
                committed[at(id)] = true;
                possible[at(id)] = true;
            });
            // An id belongs to one transaction: if that was aborted, nothing can have stored it; unless the server
            // died,
            // which forgets what numbers it handed out where no commit made them durable.
            history.stores.stream()
                    .filter(store -> store.aborted && history.crashes.stream().noneMatch(at -> at > store.begun))
                    .flatMapToLong(store -> LongStream.of(store.ids))
                    .forEach(id -> possible[at(id)] = false);
        } else if (unknown) {
            Arrays.fill(possible, true);
        }
    }
}

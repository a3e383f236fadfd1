package io.awa.reactive.cron;

import com.cronutils.model.Cron;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import io.awa.reactive.AwaValidationException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.function.Function;

/**
 * The local times an expression describes, to the second. The library behind it is asked in UTC only, where no local
 * time is missing or twice: what it does around a change of clocks differs between its versions and expressions.
 */
final class LocalFires {

    private static final CronDefinition SIX_FIELDS = CronDefinitionBuilder.defineCron()
            .withSeconds()
            .withValidRange(0, 59)
            .and()
            .withMinutes()
            .withValidRange(0, 59)
            .and()
            .withHours()
            .withValidRange(0, 23)
            .and()
            .withDayOfMonth()
            .withValidRange(1, 31)
            .and()
            .withMonth()
            .withValidRange(1, 12)
            .and()
            .withDayOfWeek()
            .withValidRange(0, 7)
            .withMondayDoWValue(1)
            .withIntMapping(7, 0)
            .and()
            .instance();

    // No leap day is further from the next one than eight years; the library gives up later than that.
    private static final LocalDateTime ANY = LocalDateTime.of(2000, 1, 1, 0, 0);

    private final ExecutionTime times;

    private LocalFires(ExecutionTime times) {
        this.times = times;
    }

    /** @throws AwaValidationException if the text is no expression, or describes no time */
    static LocalFires of(String text) {
        String six = CronGrammar.sixFields(text);
        LocalFires fires = new LocalFires(parsed(text, six));
        if (fires.times.nextExecution(ANY.atZone(ZoneOffset.UTC)).isEmpty()) {
            throw new AwaValidationException(
                    "cron", text, "a day that exists: no month named has a day of that number");
        }
        return fires;
    }

    /** The first after a whole second. */
    LocalDateTime next(LocalDateTime after) {
        return found(after, times::nextExecution);
    }

    /** The last before a whole second. */
    LocalDateTime last(LocalDateTime before) {
        return found(before, times::lastExecution);
    }

    private static LocalDateTime found(LocalDateTime from, Function<ZonedDateTime, Optional<ZonedDateTime>> find) {
        return find.apply(from.atZone(ZoneOffset.UTC))
                .orElseThrow(() -> new IllegalStateException("no time from " + from))
                .toLocalDateTime();
    }

    private static ExecutionTime parsed(String text, String six) {
        try {
            Cron cron = new CronParser(SIX_FIELDS).parse(six);
            return ExecutionTime.forCron(cron.validate());
        } catch (IllegalArgumentException e) {
            throw new AwaValidationException("cron", text, e.toString(), e);
        }
    }
}

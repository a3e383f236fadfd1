package io.awa.reactive.internal.json;

import io.awa.reactive.AwaPayloadException;
import io.awa.reactive.job.JobType;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/** Reads stored arguments back. Safe to share between threads. */
public final class JobDecoder {

    private final JsonMapper mapper;
    private final ConcurrentMap<Class<?>, ObjectReader> readers = new ConcurrentHashMap<>();

    /** @param mapper the mapper the arguments were written with, or one that reads its output */
    public JobDecoder(JsonMapper mapper) {
        this.mapper = Objects.requireNonNull(mapper, "mapper");
    }

    /**
     * Makes what reads a type's class. Jackson takes a lock while it does, for which threads that must not block would
     * wait: so it is done before jobs come.
     */
    public void prepare(JobType<?> type) {
        reader(type);
    }

    private ObjectReader reader(JobType<?> type) {
        ObjectReader known = readers.get(type.argsType());
        if (known != null) {
            return known;
        }
        ObjectReader fresh = mapper.readerFor(type.argsType());
        readers.put(type.argsType(), fresh);
        return fresh;
    }

    /**
     * The arguments in {@code json} as the type's class.
     *
     * @throws AwaPayloadException if the text is no such value; JSON {@code null} is none
     */
    public <T> T decode(String json, JobType<T> type) {
        ObjectReader reader = reader(type);
        T args;
        try {
            args = reader.readValue(json);
        } catch (RuntimeException e) {
            // Jackson's own errors, and whatever a constructor or deserializer of the application's throws
            throw new AwaPayloadException(type.kind(), type.argsType(), JsonErrors.reason(e), e);
        }
        if (args == null) {
            throw new AwaPayloadException(type.kind(), type.argsType(), "it is null", null);
        }
        return args;
    }
}

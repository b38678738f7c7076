// The neighbour: a gateway as the source design has it. It knows nothing of Belfry; both talk to one Redis.
// Usage: REDIS_URL=redis://... tsx gateway.ts [port]: prints its port, and ends with its standard input.

import "reflect-metadata";
import { ApolloDriver, type ApolloDriverConfig } from "@nestjs/apollo";
import { Inject, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { Args, GraphQLModule, Mutation, Query, Resolver, Subscription } from "@nestjs/graphql";
import { RedisPubSub } from "graphql-redis-subscriptions";

const typeDefs = `
  type Alert { id: ID!  kind: String  title: String  body: String  readAt: String }
  type Query { ready: Boolean! }
  type Mutation {
    addAlert(userId: ID!, id: ID!, kind: String!, title: String!, body: String): Boolean
    readAlert(userId: ID!, id: ID!): Boolean
  }
  type Subscription {
    alertAdded(userId: ID!): Alert!
    alertRead(userId: ID!): Alert!
  }
`;

interface Added {
  userId: string;
  id: string;
  kind: string;
  title: string;
  body?: string;
}

@Resolver("Alert")
class Alerts {
  constructor(@Inject(RedisPubSub) private readonly pubSub: RedisPubSub) {}

  @Query("ready")
  ready() {
    return true;
  }

  @Mutation("addAlert")
  addAlert(@Args() { userId, ...alert }: Added) {
    return this.pubSub.publish(`alertAdded-${userId}`, { alertAdded: alert });
  }

  @Mutation("readAlert")
  readAlert(@Args("userId") userId: string, @Args("id") id: string) {
    return this.pubSub.publish(`alertRead-${userId}`, { alertRead: { id } });
  }

  @Subscription("alertAdded")
  alertAdded(@Args("userId") userId: string) {
    return this.pubSub.asyncIterableIterator(`alertAdded-${userId}`);
  }

  @Subscription("alertRead")
  alertRead(@Args("userId") userId: string) {
    return this.pubSub.asyncIterableIterator(`alertRead-${userId}`);
  }
}

@Module({
  imports: [
    GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      typeDefs,
      subscriptions: { "graphql-ws": true },
    }),
  ],
  providers: [
    Alerts,
    { provide: RedisPubSub, useFactory: () => new RedisPubSub({ connection: process.env.REDIS_URL! }) },
  ],
})
class Gateway {}

const gateway = await NestFactory.create(Gateway, { logger: ["warn", "error"] });
await gateway.listen(Number(process.argv[2] ?? 0), "127.0.0.1");
console.log(await gateway.getUrl());
process.stdin.resume().on("end", () => process.exit());

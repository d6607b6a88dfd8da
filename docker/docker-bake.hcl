# Builds the image for both platforms, from the project's root:
#   docker buildx bake -f docker/docker-bake.hcl
# A variable is set by an environment variable of its name.

variable "IMAGE" {
  description = "The image's name, without its tag."
  default     = "hotshelf"
}

variable "VERSION" {
  description = "The image's tag, and its version label."
  default     = "0.0.0-dev"
}

variable "REVISION" {
  description = "The commit that the image is built from."
  default     = "unknown"
}

variable "SOURCE" {
  description = "The address of the repository that the image is built from."
  default     = "unknown"
}

variable "CREATED" {
  description = "The commit's time, as RFC 3339. Not the build's: the same commit gives the same image."
  default     = "1970-01-01T00:00:00Z"
}

variable "SOURCE_DATE_EPOCH" {
  description = "The commit's time in Unix seconds; every file of the image has it."
  default     = "0"
}

variable "BASE" {
  description = "The base of the build stages: has Node, npm and a shell. A release gives it with its digest."
  default     = "node:24-bookworm-slim"
}

variable "NODE_BASE" {
  description = "The image that the target's node binary is taken from: Node 22.12 or newer at /usr/local/bin/node."
  default     = BASE
}

variable "RUNTIME_BASE" {
  description = "The base of the image itself: glibc, libstdc++ and libgcc. A release gives it with its digest."
  default     = "gcr.io/distroless/cc-debian12:nonroot"
}

group "default" {
  targets = ["api"]
}

target "_api" {
  context    = "."
  dockerfile = "docker/Dockerfile"
  target     = "runtime"
  tags       = ["${IMAGE}:${VERSION}"]
  args = {
    BASE              = BASE
    NODE_BASE         = NODE_BASE
    RUNTIME_BASE      = RUNTIME_BASE
    VERSION           = VERSION
    REVISION          = REVISION
    SOURCE            = SOURCE
    CREATED           = CREATED
    SOURCE_DATE_EPOCH = SOURCE_DATE_EPOCH
  }
}

# For a registry: both platforms, with a bill of materials and the build's provenance. Nothing is emulated, so two
# platforms cost hardly more than one.
target "api" {
  inherits  = ["_api"]
  platforms = ["linux/amd64", "linux/arm64"]
  attest = [
    "type=sbom",
    "type=provenance,mode=max",
  ]
}

# For a machine's own engine, which cannot hold an image of two platforms: bake api-local --load.
target "api-local" {
  inherits = ["_api"]
}

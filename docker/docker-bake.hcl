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
  description = "The commit that the image was built from."
  default     = "unknown"
}

variable "BASE" {
  description = "The base of the build stages: has a shell and npm."
  default     = "node:24-bookworm-slim"
}

variable "RUNTIME_BASE" {
  description = "The base of the image itself: has Node >= 22.12."
  default     = BASE
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
    BASE         = BASE
    RUNTIME_BASE = RUNTIME_BASE
    VERSION      = VERSION
    REVISION     = REVISION
  }
}

# What a registry gets. Nothing is emulated, so both platforms cost hardly more than one.
target "api" {
  inherits  = ["_api"]
  platforms = ["linux/amd64", "linux/arm64"]
}

# What a machine's own engine gets, which cannot hold an image of two platforms: bake api-local --load.
target "api-local" {
  inherits = ["_api"]
}
